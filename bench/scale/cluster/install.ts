import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

import type { KubeApi, KubeObject, Resource } from '../../../src/platform/kube/ports.js';
import { SERVICE_ACCOUNTS } from '../../../src/platform/kube/resources.js';

const MANIFEST = new URL('../../../deploy/install.yaml', import.meta.url);

const clusterWide = (group: string, kind: string, plural: string): Resource => ({
  ...{ group, version: 'v1', plural, kind, namespaced: false },
});
const RBAC = 'rbac.authorization.k8s.io';

/** What is installed of the manifest: all but what would start pods, which nobody is here to run. */
const INSTALLED: readonly Resource[] = [
  clusterWide('', 'Namespace', 'namespaces'),
  clusterWide('apiextensions.k8s.io', 'CustomResourceDefinition', 'customresourcedefinitions'),
  SERVICE_ACCOUNTS,
  clusterWide(RBAC, 'ClusterRole', 'clusterroles'),
  clusterWide(RBAC, 'ClusterRoleBinding', 'clusterrolebindings'),
  { ...clusterWide(RBAC, 'Role', 'roles'), namespaced: true },
  { ...clusterWide(RBAC, 'RoleBinding', 'rolebindings'), namespaced: true },
];

/**
 * Definitions, accounts and roles, as they are installed on a new cluster. Not by server-side apply: it refuses the rules of the
 * definitions where the API server is too old to know rules.
 */
export async function install(api: Pick<KubeApi, 'create'>): Promise<void> {
  const objects = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map(
    (each) => each.toJS() as KubeObject | null,
  );
  for (const resource of INSTALLED)
    for (const object of objects.filter((each) => each?.kind === resource.kind))
      if (object !== null) await api.create(resource, object);
}
