import type { XStatic } from 'typebox/schema';
import type { AddressFamily } from '../../values/ip-address.js';
import { objectName } from './schema/fields.js';
import type { ObjectSchema } from './schema/structural-schema.js';
import { virtualRouterSpecSchema, virtualRouterStatusSchema } from './schema/virtual-router-schema.js';
import { API_VERSION, type DeepReadonly, type ObjectMeta } from './virtual-ip.js';

export const VIRTUAL_ROUTER_KIND = 'VirtualRouter';

const schema = {
  type: 'object',
  description: `One virtual router of a VirtualIP, for one address family: what the operator has decided and the agents \
run. Written by kube-vrrp alone; what people write is a VirtualIP.`,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { type: 'string', description: 'Version of the API.', enum: [API_VERSION] },
    kind: { type: 'string', description: 'Kind of the object.', enum: [VIRTUAL_ROUTER_KIND] },
    metadata: {
      type: 'object',
      description: "Kubernetes' object metadata.",
      required: ['name'],
      properties: { name: objectName({ description: 'Name of the VirtualIP, and the address family.' }) },
      'x-kubernetes-preserve-unknown-fields': true,
    },
    spec: virtualRouterSpecSchema,
    status: virtualRouterStatusSchema,
  },
} as const;

/** The schema of a VirtualRouter; the custom resource definition is generated from it. */
export const virtualRouterSchema: ObjectSchema = schema;

export type VirtualRouterSpec = DeepReadonly<XStatic<typeof virtualRouterSpecSchema>>;
export type VirtualRouterStatus = DeepReadonly<XStatic<typeof virtualRouterStatusSchema>>;
/** One entry of `spec.members`. */
export type Member = VirtualRouterSpec['members'][number];
/** One entry of `status.members`: what an agent says about itself. */
export type MemberStatus = NonNullable<VirtualRouterStatus['members']>[number];

export type VirtualRouter = Readonly<{
  apiVersion: typeof API_VERSION;
  kind: typeof VIRTUAL_ROUTER_KIND;
  metadata: ObjectMeta;
  spec: VirtualRouterSpec;
  status?: VirtualRouterStatus;
}>;

/** The name of the VirtualRouter of a VirtualIP and address family. */
export const virtualRouterName = (virtualIP: string, family: AddressFamily): string =>
  `${virtualIP}-${family.toLowerCase()}`;
