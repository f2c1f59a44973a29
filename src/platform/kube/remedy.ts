import type { KubeApiError } from './ports.js';

/** As the API server's authorizer puts it, whatever a role is missing. */
const FORBIDDEN =
  /User "(?<user>[^"]+)" cannot (?<verb>\w+) resource "(?<plural>[^"/]+)(?:\/(?<subresource>[^"]+))?" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]+)")?/;

type Missing = Readonly<Record<'user' | 'verb' | 'plural', string>> &
  Readonly<Partial<Record<'subresource' | 'group' | 'namespace', string>>>;

/** What people can do about a refusal of the API server; null: it does not say enough. */
export function remedyFor({ status, message }: Pick<KubeApiError, 'status' | 'message'>): string | null {
  const found = status === 403 ? FORBIDDEN.exec(message)?.groups : undefined;
  return found === undefined ? null : sentence(found as Missing);
}

function sentence({ user, verb, plural, subresource, group = '', namespace }: Missing): string {
  const resource = group === '' ? plural : `${plural}.${group}`;
  const [part, flag] =
    subresource === undefined ? ['', ''] : [`/${subresource}`, ` --subresource=${subresource}`];
  const [where, own, kind] =
    namespace === undefined
      ? ['in the whole cluster', '', 'ClusterRole']
      : [`in the namespace ${namespace}`, ` -n ${namespace}`, 'Role or ClusterRole'];
  return (
    `let ${user} ${verb} ${resource}${part} ${where} by a ${kind}${inChart(user)}; ` +
    `"kubectl auth can-i ${verb} ${resource}${flag} --as=${user}${own}" tells whether it may. It is tried again by itself`
  );
}

/** The chart names roles after the accounts that have them. */
function inChart(user: string): string {
  const account = /^system:serviceaccount:[^:]+:(.+)$/.exec(user)?.[1];
  return account === undefined ? '' : ` (the chart has one whose name begins with ${account})`;
}
