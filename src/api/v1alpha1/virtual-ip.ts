import type { XStatic } from 'typebox/schema';
import { virtualIPName } from './schema/fields.js';
import { specSchema } from './schema/spec-schema.js';
import { statusSchema } from './schema/status-schema.js';
import type { ObjectSchema } from './schema/structural-schema.js';

export const API_VERSION = 'kube-vrrp.io/v1alpha1';
export const VIRTUAL_IP_KIND = 'VirtualIP';

/*
 * The schema is plain data and typebox is needed for its types alone: loading the package would cost the agent 0.2 s
 * at start and 20 MiB.
 */
const schema = {
  type: 'object',
  description: 'Addresses that exactly one healthy node holds at a time, by VRRP.',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { type: 'string', description: 'Version of the API.', enum: [API_VERSION] },
    kind: { type: 'string', description: 'Kind of the object.', enum: [VIRTUAL_IP_KIND] },
    metadata: {
      type: 'object',
      description: "Kubernetes' object metadata.",
      required: ['name'],
      properties: { name: virtualIPName({ description: 'Name of the VirtualIP, at most 63 characters.' }) },
      'x-kubernetes-preserve-unknown-fields': true,
    },
    spec: specSchema,
    status: statusSchema,
  },
} as const;

/** The schema of a VirtualIP, with defaults and bounds; the custom resource definition is generated from it. */
export const virtualIPSchema: ObjectSchema = schema;

export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** What we need of Kubernetes' object metadata; a standalone agent has the name alone. */
export type ObjectMeta = Readonly<{
  name: string;
  namespace?: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  ownerReferences?: readonly Readonly<{
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
  }>[];
}>;

/** What a person writes. The schema holds the meaning, unit, default and bounds of each field. */
export type VirtualIPSpec = DeepReadonly<XStatic<typeof specSchema>>;
export type VirtualIPStatus = DeepReadonly<XStatic<typeof statusSchema>>;
export type VirtualIP = Readonly<{
  apiVersion: typeof API_VERSION;
  kind: typeof VIRTUAL_IP_KIND;
  metadata: ObjectMeta;
  spec: VirtualIPSpec;
  status?: VirtualIPStatus;
}>;

type Filled<T, Keys extends keyof T> = Omit<T, Keys> & { readonly [Key in Keys]-?: NonNullable<T[Key]> };
type Field<Key extends keyof VirtualIPSpec> = NonNullable<VirtualIPSpec[Key]>;
type Item<List> = NonNullable<List> extends readonly (infer I)[] ? I : never;

type ProbeAsWritten = Item<Field<'track'>['probes']>;
type HttpGetAsWritten = NonNullable<ProbeAsWritten['httpGet']>;
type TcpSocketAsWritten = NonNullable<ProbeAsWritten['tcpSocket']>;

/** A probe with its defaults: exactly one of `httpGet` and `tcpSocket`. */
export type Probe = Omit<
  Filled<ProbeAsWritten, 'periodSeconds' | 'timeout' | 'riseThreshold' | 'failureThreshold'>,
  'httpGet' | 'tcpSocket'
> &
  Readonly<{
    httpGet?: Filled<HttpGetAsWritten, 'path' | 'host' | 'scheme'>;
    tcpSocket?: Filled<TcpSocketAsWritten, 'host'>;
  }>;

type WithFields = Omit<
  Filled<VirtualIPSpec, 'vrrpVersion' | 'advertisementInterval' | 'virtualMAC' | 'checksum' | 'onCordon'>,
  'preemption' | 'authentication' | 'unicast' | 'announcement' | 'track'
>;

/** A spec in which every field that has a default is present. */
export type DefaultedSpec = WithFields &
  Readonly<{
    priority: number;
    preemption: Filled<Field<'preemption'>, 'mode' | 'delay'>;
    authentication: Filled<Field<'authentication'>, 'type'>;
    unicast: Filled<Field<'unicast'>, 'mode' | 'minHopLimit' | 'maxHopLimit'>;
    announcement: Filled<Field<'announcement'>, 'repeat' | 'delay' | 'refresh'>;
    track?: Omit<Field<'track'>, 'probes'> & Readonly<{ probes?: readonly Probe[] }>;
  }>;

export type DefaultedVirtualIP = Omit<VirtualIP, 'spec'> & Readonly<{ spec: DefaultedSpec }>;
