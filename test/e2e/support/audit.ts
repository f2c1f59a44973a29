import type { AuditedRequest, Cluster } from '../../../lab/cluster/index.js';
import { NAMESPACE } from './settings.js';
import type { Stage } from './stage.js';

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export const isWrite = ({ verb }: AuditedRequest): boolean => WRITES.has(verb);

/** What the API server was asked by a service account of the release from `since` on, in the order of time. */
export const requestsOf = (cluster: Cluster, account: string, since = 0): readonly AuditedRequest[] =>
  cluster
    .audit(`${NAMESPACE}/${account}`)
    .filter(({ at }) => at >= since)
    .sort((one, other) => one.at - other.at);

/** One rule of a Role or ClusterRole, and where it counts. */
export type Rule = Readonly<{
  /** null: in the whole cluster. */
  namespace: string | null;
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  verbs: readonly string[];
}>;

type Binding = Readonly<{
  metadata: { namespace?: string };
  roleRef: { kind: string; name: string };
  subjects?: readonly { kind: string; name: string; namespace?: string }[];
}>;
type Role = Readonly<{
  metadata: { name: string; namespace?: string };
  rules: readonly Omit<Rule, 'namespace'>[];
}>;

/** Everything that bindings in the cluster allow a service account of the release. */
export async function rulesOf(stage: Stage, account: string): Promise<readonly Rule[]> {
  const all = async <Kind>(kind: string): Promise<readonly Kind[]> =>
    (await stage.get<{ items: readonly Kind[] }>(kind, '--all-namespaces')).items;
  const bindings = await all<Binding>('clusterrolebindings,rolebindings');
  const roles = await all<Role>('clusterroles,roles');
  return bindings
    .filter(({ subjects = [] }) =>
      subjects.some(
        ({ kind, name, namespace }) =>
          kind === 'ServiceAccount' && name === account && namespace === NAMESPACE,
      ),
    )
    .flatMap(({ metadata, roleRef }) => {
      const namespace = roleRef.kind === 'ClusterRole' ? undefined : metadata.namespace;
      const role = roles.find(
        (each) => each.metadata.name === roleRef.name && each.metadata.namespace === namespace,
      );
      return (role?.rules ?? []).map((rule) => ({ ...rule, namespace: metadata.namespace ?? null }));
    });
}

/** Whether a rule allows a request; what is not about resources everybody may ask. */
export function allows(rule: Rule, request: AuditedRequest): boolean {
  if (request.resource === '') return true;
  const has = (list: readonly string[] | undefined, value: string): boolean =>
    list?.some((each) => each === value || each === '*') === true;
  return (
    (rule.namespace === null || rule.namespace === request.namespace) &&
    has(rule.apiGroups, request.group) &&
    has(rule.resources, request.resource) &&
    has(rule.verbs, request.verb) &&
    (rule.resourceNames === undefined ||
      rule.resourceNames.includes(request.name) ||
      namesOnly(rule, request))
  );
}

/** A list or watch of one object by its name is written in the query. */
const namesOnly = ({ resourceNames = [] }: Rule, { uri }: AuditedRequest): boolean =>
  resourceNames.some((name) => decodeURIComponent(uri).includes(`fieldSelector=metadata.name=${name}`));

/** A request in a line, without what differs from one time to the next. */
export const inShort = ({ verb, group, resource, name, namespace, code }: AuditedRequest): string =>
  `${verb} ${group === '' ? '' : `${group}/`}${resource} ${namespace}/${name} ${String(code)}`;
