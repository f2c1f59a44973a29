import { instant, interfaceName, objectName } from './fields.js';

const text = <const D extends string>(description: string & D, maxLength: number) =>
  ({ type: 'string', description, maxLength }) as const;

const condition = {
  type: 'object',
  description: 'A statement about the VirtualIP, and whether it holds.',
  required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
  properties: {
    type: text('What is stated, for example Accepted.', 316),
    status: { type: 'string', description: 'Whether it holds.', enum: ['True', 'False', 'Unknown'] },
    observedGeneration: {
      type: 'integer',
      description: 'The metadata.generation that the statement is about; an older one: it is out of date.',
      minimum: 0,
    },
    lastTransitionTime: instant('When the status last changed.'),
    reason: text('Why, in one word that stays the same from version to version.', 1024),
    message: text('Why, in a sentence, and what to do about it.', 32_768),
  },
} as const;

const node = {
  type: 'object',
  description: 'A node that takes part, as it last reported.',
  required: ['name', 'state'],
  properties: {
    name: objectName({ description: 'Name of the node.' }),
    state: {
      type: 'string',
      description: 'State of its virtual router (RFC 9568 §6.4); Unknown: the node has not reported lately.',
      enum: ['Initialize', 'Backup', 'Active', 'Unknown'],
    },
    priority: {
      type: 'integer',
      description: 'Its effective priority, 0 to 255, tracking included; 0: it is leaving the election.',
      minimum: 0,
      maximum: 255,
    },
    interface: interfaceName({ description: 'The interface in use.' }),
    lastTransitionTime: instant('When the state last changed.'),
    message: text('Why it is in this state.', 1024),
  },
} as const;

/** `status` of a VirtualIP. */
export const statusSchema = {
  type: 'object',
  description: 'What is: who holds the addresses, and what is wrong. Written by the operator.',
  properties: {
    observedGeneration: {
      type: 'integer',
      description: 'The metadata.generation that was acted upon.',
      minimum: 0,
    },
    conditions: {
      type: 'array',
      description:
        'What can be said about the VirtualIP: Accepted, Programmed, Ready, Redundant, SplitBrain and Degraded.',
      maxItems: 32,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: condition,
    },
    holder: objectName({ description: 'The node that holds the addresses.' }),
    holderSince: instant('Since when it holds them.'),
    addresses: text('The addresses, for the table that kubectl prints.', 512),
    interface: text("The holder's interface.", 64),
    backups: {
      type: 'integer',
      description: 'How many nodes are ready to take over.',
      minimum: 0,
      maximum: 255,
    },
    vrid: {
      type: 'integer',
      description: 'The virtual router identifier in use, 1 to 255.',
      minimum: 1,
      maximum: 255,
    },
    nodes: {
      type: 'array',
      description: 'The nodes that take part, and the state of each.',
      maxItems: 255,
      // Of one owner; a list of the type map that becomes empty would be null, and refused.
      'x-kubernetes-list-type': 'atomic',
      items: node,
    },
  },
} as const;
