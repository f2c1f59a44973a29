import type { XStatic } from 'typebox/schema';
import { duration, objectName } from '../api/v1alpha1/schema/fields.js';
import type { ObjectSchema } from '../api/v1alpha1/schema/structural-schema.js';
import type { DeepReadonly } from '../api/v1alpha1/virtual-ip.js';

const texts = <const D extends string>(description: D) =>
  ({
    type: 'object',
    description,
    maxProperties: 64,
    additionalProperties: { type: 'string', maxLength: 4096 },
    default: {},
  }) as const;

const anything = { 'x-kubernetes-preserve-unknown-fields': true } as const;

const agent = {
  type: 'object',
  description: 'What the agents are run with.',
  required: ['image'],
  properties: {
    image: {
      type: 'string',
      description: 'The image of the agents, e.g. the one that the operator runs from.',
      minLength: 1,
      maxLength: 512,
    },
    imagePullPolicy: {
      type: 'string',
      description: 'When nodes pull the image.',
      enum: ['Always', 'IfNotPresent', 'Never'],
      default: 'IfNotPresent',
    },
    imagePullSecrets: {
      type: 'array',
      description: 'Names of Secrets for pulling it.',
      maxItems: 16,
      items: objectName({ description: 'Name of a Secret.' }),
      default: [],
    },
    daemonSetName: objectName({ description: 'Name of the DaemonSet.', default: 'kube-vrrp-agent' }),
    serviceAccountName: objectName({
      description: "Name of the agents' ServiceAccount.",
      default: 'kube-vrrp-agent',
    }),
    secretName: objectName({
      description: 'Name of the Secret that the operator keeps the passwords for the agents in.',
      default: 'kube-vrrp-agents',
    }),
    realtime: {
      type: 'boolean',
      description: 'Whether agents may use real-time scheduling (the capability SYS_NICE).',
      default: true,
    },
    priorityClassName: {
      type: 'string',
      description: 'Priority class of the pods; empty: none.',
      maxLength: 253,
      default: 'system-node-critical',
    },
    resources: {
      type: 'object',
      description: 'Requests and limits of the container, as in a pod.',
      properties: {
        requests: { type: 'object', description: 'What is set aside for it.', ...anything },
        limits: { type: 'object', description: 'What it may use at most.', ...anything },
      },
      default: { requests: { cpu: '20m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
    tolerations: {
      type: 'array',
      description: 'Taints that agents run in spite of. Default: every taint.',
      maxItems: 64,
      items: {
        type: 'object',
        properties: {
          key: { type: 'string', description: 'The taint; empty: all.', maxLength: 317 },
          operator: { type: 'string', description: 'Exists or Equal.', enum: ['Exists', 'Equal'] },
          value: { type: 'string', description: 'Of the taint, for Equal.', maxLength: 63 },
          effect: {
            type: 'string',
            description: 'Of the taint; left out: all.',
            enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
          },
          tolerationSeconds: { type: 'integer', description: 'For how long, with NoExecute.' },
        },
      },
      default: [{ operator: 'Exists' }],
    },
    podLabels: texts('More labels of the pods.'),
    podAnnotations: texts('Annotations of the pods.'),
    stateDir: {
      type: 'string',
      description: 'Folder on the node where an agent keeps its last known configuration.',
      minLength: 1,
      maxLength: 4096,
      pattern: '^/[!-~]*$',
      default: '/var/lib/kube-vrrp',
    },
    http: {
      type: 'string',
      description: "The agents' HTTP side on their node: ADDRESS:PORT, or off.",
      minLength: 1,
      maxLength: 64,
      default: '127.0.0.1:9112',
    },
    logFormat: {
      type: 'string',
      description: "Of the agents' log.",
      enum: ['text', 'json'],
      default: 'json',
    },
    logLevel: {
      type: 'string',
      description: "What is less important is not in the agents' log.",
      enum: ['debug', 'info', 'warn', 'error'],
      default: 'info',
    },
    terminationGracePeriodSeconds: {
      type: 'integer',
      description: 'How long an agent that is told to stop has for handing its addresses over.',
      minimum: 1,
      maximum: 3600,
      default: 30,
    },
    env: texts(
      'More environment variables, e.g. KUBERNETES_SERVICE_HOST, so that agents do not need kube-proxy.',
    ),
    extraArgs: {
      type: 'array',
      description: 'More arguments of `kube-vrrp agent`.',
      maxItems: 64,
      items: { type: 'string', maxLength: 4096 },
      default: [],
    },
  },
} as const;

const leaderElection = {
  type: 'object',
  description: 'How several operators agree on the one that acts.',
  properties: {
    leaseName: objectName({
      description: "Name of the Lease, in the operator's namespace.",
      default: 'kube-vrrp-operator',
    }),
    leaseDuration: duration({
      description: 'How long the others wait for a leader that says nothing.',
      default: '6s',
    }),
    renewDeadline: duration({
      description:
        'How long a leader tries to renew the Lease before it gives up; shorter than leaseDuration.',
      default: '4s',
    }),
    retryPeriod: duration({
      description: 'From one try to the next; shorter than renewDeadline.',
      default: '1500ms',
    }),
  },
  default: {},
} as const;

const schema = {
  type: 'object',
  required: ['agent'],
  properties: {
    agent,
    workers: {
      type: 'integer',
      description: 'How many VirtualIPs are worked on at the same time.',
      minimum: 1,
      maximum: 64,
      default: 4,
    },
    leaderElection,
  },
} as const;

/** The operator's configuration file. docs/operator.md lists its fields. */
export const configSchema: ObjectSchema = schema;

/** The file as written: whatever has a default may be missing. */
export type WrittenConfig = DeepReadonly<XStatic<typeof schema>>;
