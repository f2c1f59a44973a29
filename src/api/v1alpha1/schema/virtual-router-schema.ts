import { duration, instant, interfaceName, ipAddressText, objectName, virtualIPName } from './fields.js';
import { specSchema } from './spec-schema.js';

const { properties: asWritten } = specSchema;

/** One node's part in a virtual router, as the operator decided it. */
const member = {
  type: 'object',
  description: 'A node that takes part, and with what.',
  required: ['node', 'priority'],
  properties: {
    node: objectName({ description: 'Name of the node.' }),
    priority: {
      type: 'integer',
      description:
        'Its priority without tracking, 1 to 255; distinct among the members as long as there are enough.',
      minimum: 1,
      maximum: 255,
    },
    interface: interfaceName({
      description:
        'The interface on this node. Default: the one whose connected subnet holds the first address.',
    }),
    address: ipAddressText({
      description: "With unicast: the node's address of this family, that adverts come from and go to.",
    }),
  },
} as const;

/**
 * `spec` of a VirtualRouter: everything that the members must agree on, with nothing left to default or to look up. It is
 * applied whole by one owner. Atomic, because server-side apply turns an object that its owner leaves out into null or
 * into an empty one, and then refuses that (kubernetes/kubernetes#103011).
 */
export const virtualRouterSpecSchema = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  description: 'What the members run. Written by the operator alone.',
  required: ['virtualIP', 'family', 'vrid', 'addresses', 'members'],
  properties: {
    virtualIP: virtualIPName({ description: 'Name of the VirtualIP that this is part of.' }),
    family: { type: 'string', description: 'Address family.', enum: ['IPv4', 'IPv6'] },
    vrid: { type: 'integer', description: 'Virtual router identifier, 1 to 255.', minimum: 1, maximum: 255 },
    addresses: {
      ...asWritten.addresses,
      description: 'The virtual addresses of this family, ADDRESS/LENGTH.',
    },
    vrrpVersion: asWritten.vrrpVersion,
    advertisementInterval: duration({ description: 'Time between adverts. Default 1s.', default: '1s' }),
    preemption: asWritten.preemption,
    authentication: {
      type: 'object',
      description: 'VRRPv2 only: the password that the adverts carry.',
      properties: {
        type: {
          type: 'string',
          description: 'None (default) or Password.',
          enum: ['None', 'Password'],
          default: 'None',
        },
        secretKey: {
          type: 'string',
          description: "The entry of the operator's Secret for agents that holds the password.",
          minLength: 1,
          maxLength: 253,
          pattern: '^[-._a-zA-Z0-9]+$',
        },
      },
      default: {},
    },
    unicast: {
      type: 'object',
      description:
        'Adverts to the other members and to peers outside the cluster, instead of the multicast group.',
      properties: {
        mode: {
          type: 'string',
          description: 'Multicast (default) or Unicast.',
          enum: ['Multicast', 'Unicast'],
          default: 'Multicast',
        },
        peers: { ...asWritten.unicast.properties.peers, description: 'Peers that are not members.' },
        minHopLimit: asWritten.unicast.properties.minHopLimit,
        maxHopLimit: asWritten.unicast.properties.maxHopLimit,
      },
      default: {},
    },
    virtualMAC: asWritten.virtualMAC,
    track: asWritten.track,
    announcement: asWritten.announcement,
    checksum: asWritten.checksum,
    heartbeatSeconds: {
      type: 'integer',
      description:
        'Seconds after which each member writes an entry of its own although nothing has changed. The largest of all VirtualRouters that name a node counts. Default: 10, and more with over 40 members. Written in clusters of over 200 agents, so that all together do not keep the API server busy.',
      minimum: 10,
      maximum: 3600,
    },
    reportAfterSeconds: {
      type: 'integer',
      description:
        'Seconds that the Active member waits before it first writes an entry of its own; others wait for up to three times as long. Default: 0. Written where so many VirtualRouters are made together that the API server is busy with them.',
      minimum: 1,
      maximum: 120,
    },
    members: {
      type: 'array',
      description: 'The nodes that take part, highest priority first.',
      maxItems: 255,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['node'],
      items: member,
    },
  },
} as const;

/** What one agent says about its own part. Each agent owns exactly its entry, by server-side apply. */
const memberStatus = {
  type: 'object',
  description: 'What one node reports.',
  required: ['node', 'state', 'heartbeat'],
  properties: {
    node: objectName({ description: 'Name of the node.' }),
    state: {
      type: 'string',
      description: 'State of the virtual router on it (RFC 9568 §6.4).',
      enum: ['Initialize', 'Backup', 'Active'],
    },
    because: { type: 'string', description: 'What brought it there.', maxLength: 64 },
    since: instant('When it came there, by the clock of the node.'),
    heartbeat: instant('When the node wrote this entry, by its clock.'),
    observedGeneration: {
      type: 'integer',
      description: 'The metadata.generation of the VirtualRouter that runs.',
      minimum: 0,
    },
    priority: {
      type: 'integer',
      description: 'Its effective priority, 0 to 255, tracking included.',
      minimum: 0,
      maximum: 255,
    },
    interface: interfaceName({ description: 'The interface in use.' }),
    source: ipAddressText({ description: 'The address that its adverts come from.' }),
    held: {
      type: 'array',
      description: 'The virtual addresses that its kernel has now.',
      maxItems: 344,
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'string', description: 'ADDRESS/LENGTH.', maxLength: 49 },
    },
    active: {
      type: 'object',
      'x-kubernetes-map-type': 'atomic',
      description: 'The Active router as this node hears it, its own one included.',
      required: ['source', 'priority'],
      properties: {
        source: ipAddressText({ description: 'Where its adverts come from.' }),
        priority: { type: 'integer', description: 'Their priority, 0 to 255.', minimum: 0, maximum: 255 },
      },
    },
    failing: {
      type: 'array',
      description: 'What is tracked and is not well: why the effective priority is low.',
      maxItems: 80,
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'string', description: 'Something tracked, and how it fails.', maxLength: 256 },
    },
    problems: {
      type: 'array',
      description: 'What somebody should look at on this node.',
      maxItems: 16,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        description: 'One problem, and what to do about it.',
        required: ['code', 'message', 'remedy'],
        properties: {
          code: { type: 'string', description: 'Stable name of the problem.', maxLength: 64 },
          message: { type: 'string', description: 'What is wrong.', maxLength: 1024 },
          remedy: { type: 'string', description: 'What to do about it.', maxLength: 1024 },
        },
      },
    },
  },
} as const;

/** `status` of a VirtualRouter. */
export const virtualRouterStatusSchema = {
  type: 'object',
  description: 'What is, node by node. Written by the agents.',
  properties: {
    members: {
      type: 'array',
      description: 'The nodes that have reported.',
      maxItems: 255,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['node'],
      items: memberStatus,
    },
  },
} as const;
