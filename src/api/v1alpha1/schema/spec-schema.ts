import { duration, interfaceName, ipAddressText, labelSelector, objectName, prefixText } from './fields.js';
import { trackSchema } from './track-schema.js';

const priority = {
  type: 'integer',
  description: `Priority of the most preferred node, 1 to 254, or 255 for the host whose own addresses these are. \
Default: 254 in a cluster, where the other nodes get lower ones; 100 for a standalone agent, where it is this host's.`,
  minimum: 1,
  maximum: 255,
} as const;

const authentication = {
  type: 'object',
  description: `VRRPv2 only. The password crosses the network in clear text: it guards against mistakes, not against \
attackers.`,
  properties: {
    type: {
      type: 'string',
      description: 'None (default) or Password (RFC 2338 §5.3.6).',
      enum: ['None', 'Password'],
      default: 'None',
    },
    password: {
      type: 'string',
      description: 'Standalone: the password, 1 to 8 octets.',
      standaloneOnly: true,
      format: 'password',
      minLength: 1,
      maxLength: 8,
    },
    passwordFile: {
      type: 'string',
      description: `Standalone: the file that holds the password; one line break at its end does not count. A relative \
path starts at the directory of the configuration file.`,
      standaloneOnly: true,
      minLength: 1,
      maxLength: 4096,
    },
    secretRef: {
      type: 'object',
      description:
        'In a cluster: the Secret that holds the password, 1 to 8 octets. Needed with type Password.',
      required: ['name'],
      properties: {
        name: objectName({ description: 'Name of the Secret.' }),
        namespace: objectName({
          description: 'Namespace of the Secret. Default: the one that the operator runs in.',
        }),
        key: {
          type: 'string',
          description: 'Which entry of its data. Default: password.',
          minLength: 1,
          maxLength: 253,
          pattern: '^[-._a-zA-Z0-9]+$',
          default: 'password',
        },
      },
    },
  },
  default: {},
} as const;

const hopLimit = (which: string) =>
  ({
    type: 'integer',
    description: `The ${which} TTL or hop limit that an advert of a peer may arrive with, 1 to 255. Default 255: it \
crossed no router.`,
    minimum: 1,
    maximum: 255,
    default: 255,
  }) as const;

const unicast = {
  type: 'object',
  description:
    'Adverts to named hosts instead of the multicast group, for networks that do not carry multicast.',
  properties: {
    mode: {
      type: 'string',
      description: `Multicast (default); Unicast: to the peers, and in a cluster to the other nodes as well; Auto: Unicast \
in a cluster, and with a standalone agent when peers are given.`,
      enum: ['Auto', 'Multicast', 'Unicast'],
      default: 'Multicast',
    },
    peers: {
      type: 'array',
      description: `Addresses of the other routers; adverts go to these and are taken from these only. Standalone: all \
of them. In a cluster: those that are not nodes.`,
      maxItems: 255,
      'x-kubernetes-list-type': 'set',
      items: ipAddressText({ description: 'Address of a peer.' }),
    },
    minHopLimit: hopLimit('smallest'),
    maxHopLimit: hopLimit('greatest'),
  },
  default: {},
} as const;

const announcement = {
  type: 'object',
  description: 'How the neighbours are told where the addresses are now: gratuitous ARP and unsolicited NA.',
  properties: {
    repeat: {
      type: 'integer',
      description: 'Announcements of each address per burst, 1 to 100. Default 5.',
      minimum: 1,
      maximum: 100,
      default: 5,
    },
    delay: duration({
      description:
        'From the first burst, on becoming Active, to the second; 0s: no second one. Default 5s, at most 1h.',
      default: '5s',
    }),
    refresh: duration({
      description: 'From one further announcement to the next; 0s: none, else 1s to 24h. Default 60s.',
      default: '60s',
    }),
  },
  default: {},
} as const;

/** `spec` of a VirtualIP. */
export const specSchema = {
  type: 'object',
  description: 'What is wanted: which addresses, on which nodes, and what decides who holds them.',
  required: ['addresses'],
  properties: {
    addresses: {
      type: 'array',
      description: `The virtual addresses, IPv4 and/or IPv6, in the order in which they are advertised: ADDRESS or \
ADDRESS/LENGTH, such as 192.0.2.100/24; without a length a single address, /32 or /128. Each family is a virtual router of \
its own with the same VRID. At most 255 of IPv4 and 89 of IPv6: what one advert holds.`,
      minItems: 1,
      maxItems: 344,
      'x-kubernetes-list-type': 'atomic',
      items: prefixText({
        description: 'ADDRESS or ADDRESS/LENGTH.',
      }),
    },
    vrid: {
      type: 'integer',
      description: `Virtual router identifier, 1 to 255, unique on the network segment. Left out in a cluster: the \
operator picks a free one and keeps it.`,
      minimum: 1,
      maximum: 255,
    },
    priority,
    interface: interfaceName({
      description:
        'The interface that carries the addresses, for example eth0. Default: the one whose connected subnet holds the first.',
    }),
    nodeSelector: labelSelector({
      description: 'In a cluster: the nodes that take part. Default: every Linux node.',
    }),
    nodes: {
      type: 'array',
      description: 'What differs on single nodes.',
      maxItems: 255,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        description: 'A node, and what is different on it.',
        required: ['name'],
        properties: {
          name: objectName({ description: 'Name of the node.' }),
          priority: {
            ...priority,
            description: `Priority of this node, 1 to 254, or 255 for the one whose own addresses these are. Default: as \
without this entry.`,
          },
          interface: interfaceName({
            description: 'The interface on this node. Default: as without this entry.',
          }),
        },
      },
    },
    onCordon: {
      type: 'string',
      description: `In a cluster, what a node does when it is cordoned, as \`kubectl drain\` does first: HandOver (default): it \
hands the addresses to a node that is not; Stay: it keeps them until it stops.`,
      enum: ['HandOver', 'Stay'],
      default: 'HandOver',
    },
    vrrpVersion: {
      type: 'integer',
      description: '3 (default, RFC 9568), or 2 (RFC 3768; IPv4 only). All routers of a segment must agree.',
      enum: [2, 3],
      default: 3,
    },
    advertisementInterval: duration({
      description: `Time between adverts. Version 3: 10ms to 40.95s in steps of 10ms. Version 2: whole seconds, 1s to \
255s, the same on all routers. Default 1s.`,
      default: '1s',
    }),
    preemption: {
      type: 'object',
      description: 'Whether a node takes the addresses from one of lower priority that holds them.',
      properties: {
        mode: {
          type: 'string',
          description: 'Preempt (default) or NoPreempt: the holder keeps them for as long as it can.',
          enum: ['Preempt', 'NoPreempt'],
          default: 'Preempt',
        },
        delay: duration({
          description: 'How long a holder of lower priority is left alone first, 0s to 1000s. Default 0s.',
          default: '0s',
        }),
      },
      default: {},
    },
    authentication,
    unicast,
    virtualMAC: {
      type: 'boolean',
      description: `Whether the addresses answer from the virtual MAC 00-00-5E-00-01-VRID (IPv6: 00-00-5E-00-02-VRID), \
on a macvlan interface, instead of the node's own. Default false.`,
      default: false,
    },
    track: trackSchema,
    announcement,
    checksum: {
      type: 'string',
      description: `How the checksum of version 3 over IPv4 is formed: PseudoHeader (default; keepalived, FRR) or \
MessageOnly (RFC 9568, hardware routers). Both are accepted.`,
      enum: ['PseudoHeader', 'MessageOnly'],
      default: 'PseudoHeader',
    },
  },
} as const;
