import {
  duration,
  interfaceName,
  ipAddressText,
  labelSelector,
  objectName,
  trackingWeight,
} from './fields.js';

const WEIGHT = `Negative: added to the priority while it fails. Positive: added while it is well. Left out: while it \
fails, the node leaves the election. -253 to 253, not 0.`;

const host = ipAddressText({
  description: 'The IP address to connect to. Default 127.0.0.1: the node itself.',
  default: '127.0.0.1',
});

const port = { type: 'integer', description: 'TCP port, 1 to 65535.', minimum: 1, maximum: 65_535 } as const;

const httpGet = {
  type: 'object',
  description: 'Well when a GET is answered with a status from 200 to 399.',
  required: ['port'],
  properties: {
    port,
    path: {
      type: 'string',
      description: 'Path and query of the request. Default /.',
      minLength: 1,
      maxLength: 1024,
      pattern: '^/[!-~]*$',
      default: '/',
    },
    host,
    scheme: { type: 'string', description: 'HTTP, the only one so far.', enum: ['HTTP'], default: 'HTTP' },
    httpHeaders: {
      type: 'array',
      description: 'Headers of the request, for example Host.',
      maxItems: 32,
      items: {
        type: 'object',
        description: 'One header.',
        required: ['name', 'value'],
        properties: {
          name: {
            type: 'string',
            description: 'Name of the header.',
            minLength: 1,
            maxLength: 128,
            pattern: "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$",
          },
          value: { type: 'string', description: 'Its value.', maxLength: 1024, pattern: '^[ -~]*$' },
        },
      },
    },
  },
} as const;

const probe = {
  type: 'object',
  description: 'One check: what it asks (httpGet or tcpSocket), how often, and what its failure means.',
  required: [],
  properties: {
    name: objectName({ description: 'What the probe is called in the status. Default: its target.' }),
    httpGet,
    tcpSocket: {
      type: 'object',
      description: 'Well when the connection is accepted.',
      required: ['port'],
      properties: { port, host },
    },
    periodSeconds: {
      type: 'integer',
      description: 'Seconds from the start of one try to the start of the next, 1 to 3600. Default 1.',
      minimum: 1,
      maximum: 3600,
      default: 1,
    },
    timeout: duration({
      description: 'How long one try may take, 10ms to the period. Default 500ms.',
      default: '500ms',
    }),
    riseThreshold: {
      type: 'integer',
      description:
        'How many tries in a row must succeed before the target counts as well, 1 to 255. Default 2.',
      minimum: 1,
      maximum: 255,
      default: 2,
    },
    failureThreshold: {
      type: 'integer',
      description:
        'How many tries in a row must fail before the target counts as failed, 1 to 255. Default 2.',
      minimum: 1,
      maximum: 255,
      default: 2,
    },
    weight: trackingWeight({ description: WEIGHT }),
  },
} as const;

/** `spec.track`: what lowers a node's priority, or takes it out of the election. */
export const trackSchema = {
  type: 'object',
  description: `What else decides the election. The effective priority stays within 1 to 254; a base priority of 255 \
is never changed by it.`,
  properties: {
    pods: {
      type: 'object',
      description: 'In a cluster: well while at least one selected pod on the node is ready.',
      required: ['selector'],
      properties: {
        namespace: objectName({ description: "The pods' namespace. Default: default.", default: 'default' }),
        selector: labelSelector({ description: 'Which pods; it must not be empty.' }),
        weight: trackingWeight({ description: WEIGHT }),
      },
    },
    interfaces: {
      type: 'array',
      description:
        'Interfaces that must be up, with carrier. The one that the addresses are on counts anyway.',
      maxItems: 32,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        description: 'An interface, and what its failure means.',
        required: ['name'],
        properties: {
          name: interfaceName({ description: 'Name of the interface.' }),
          weight: trackingWeight({ description: WEIGHT }),
        },
      },
    },
    probes: {
      type: 'array',
      description: 'Checks that the agent makes from the node itself.',
      maxItems: 32,
      'x-kubernetes-list-type': 'atomic',
      items: probe,
    },
  },
} as const;
