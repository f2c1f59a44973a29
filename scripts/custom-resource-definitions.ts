import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { VIRTUAL_IP_KIND, virtualIPSchema } from '../src/api/v1alpha1/virtual-ip.js';
import { VIRTUAL_ROUTER_KIND, virtualRouterSchema } from '../src/api/v1alpha1/virtual-router.js';
import { virtualIPRules } from './crds/admission-rules.js';
import { GROUP, type Kind, customResourceDefinition } from './crds/custom-resource-definition.js';
import { virtualIPColumns, virtualRouterColumns } from './crds/printer-columns.js';

/* deploy/crds, made of the schema that validation uses. */

const KINDS: readonly Kind[] = [
  {
    kind: VIRTUAL_IP_KIND,
    plural: 'virtualips',
    shortName: 'vip',
    schema: virtualIPSchema,
    rules: virtualIPRules,
    columns: virtualIPColumns,
  },
  {
    kind: VIRTUAL_ROUTER_KIND,
    plural: 'virtualrouters',
    shortName: 'vr',
    schema: virtualRouterSchema,
    // The operator alone writes it, and what it writes follows from a VirtualIP that was judged.
    rules: [],
    columns: virtualRouterColumns,
  },
];

const HEAD = '# Generated from src/api/v1alpha1/schema by "make crds".\n';

export type GeneratedFile = Readonly<{ path: string; text: string }>;

/** The files of deploy/crds. */
export const crdFiles = (): Promise<readonly GeneratedFile[]> =>
  Promise.all(
    KINDS.map(async (kind) => {
      const path = `deploy/crds/${GROUP}_${kind.plural}.yaml`;
      const options = { ...(await resolveConfig(path)), parser: 'yaml' } as const;
      const text = stringify(customResourceDefinition(kind), {
        lineWidth: 110,
        aliasDuplicateObjects: false,
      });
      return { path, text: await format(`${HEAD}${text}`, options) };
    }),
  );
