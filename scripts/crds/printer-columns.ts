/** A column of the table that `kubectl get` prints. */
export type PrinterColumn = Readonly<{
  name: string;
  type: 'string' | 'integer' | 'date';
  description: string;
  /** Where the value is: one value, of several the first. */
  jsonPath: string;
  /** 1: with `-o wide` only. */
  priority?: 1;
}>;

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'Since the object was created.',
  jsonPath: '.metadata.creationTimestamp',
};

const protocol: readonly PrinterColumn[] = [
  {
    name: 'Version',
    type: 'integer',
    description: 'Version of VRRP.',
    jsonPath: '.spec.vrrpVersion',
    priority: 1,
  },
  {
    name: 'Interval',
    type: 'string',
    description: 'Time between adverts.',
    jsonPath: '.spec.advertisementInterval',
    priority: 1,
  },
];

const ready = (field: 'status' | 'reason' | 'message'): string =>
  `.status.conditions[?(@.type=="Ready")].${field}`;

export const virtualIPColumns: readonly PrinterColumn[] = [
  {
    name: 'Addresses',
    type: 'string',
    description: 'The virtual addresses.',
    jsonPath: '.status.addresses',
  },
  {
    name: 'VRID',
    type: 'integer',
    description: 'The virtual router identifier in use.',
    jsonPath: '.status.vrid',
  },
  {
    name: 'Interface',
    type: 'string',
    description: "The holder's interface.",
    jsonPath: '.status.interface',
  },
  {
    name: 'Holder',
    type: 'string',
    description: 'The node that holds the addresses.',
    jsonPath: '.status.holder',
  },
  {
    name: 'Backups',
    type: 'integer',
    description: 'How many nodes are ready to take over.',
    jsonPath: '.status.backups',
  },
  {
    name: 'Ready',
    type: 'string',
    description: 'Whether a node holds the addresses.',
    jsonPath: ready('status'),
  },
  age,
  {
    name: 'Held For',
    type: 'date',
    description: 'For how long the holder has had them.',
    jsonPath: '.status.holderSince',
    priority: 1,
  },
  ...protocol,
  {
    name: 'Reason',
    type: 'string',
    description: 'Why it is ready or not, in one word.',
    jsonPath: ready('reason'),
    priority: 1,
  },
  {
    name: 'Message',
    type: 'string',
    description: 'Why it is ready or not, and what to do about it.',
    jsonPath: ready('message'),
    priority: 1,
  },
];

export const virtualRouterColumns: readonly PrinterColumn[] = [
  {
    name: 'VirtualIP',
    type: 'string',
    description: 'The VirtualIP that this is part of.',
    jsonPath: '.spec.virtualIP',
  },
  { name: 'Family', type: 'string', description: 'Address family.', jsonPath: '.spec.family' },
  {
    name: 'VRID',
    type: 'integer',
    description: 'The virtual router identifier.',
    jsonPath: '.spec.vrid',
  },
  {
    name: 'Preferred',
    type: 'string',
    description: 'The member with the highest priority, without tracking.',
    jsonPath: '.spec.members[0].node',
  },
  {
    name: 'Active',
    type: 'string',
    description: 'A member that says it is Active.',
    jsonPath: '.status.members[?(@.state=="Active")].node',
  },
  age,
  {
    name: 'Addresses',
    type: 'string',
    description: 'The virtual addresses of this family.',
    jsonPath: '.spec.addresses',
    priority: 1,
  },
  ...protocol,
];
