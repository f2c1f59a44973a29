import { DURATION_PATTERN } from '../../../values/duration.js';

/** RFC 1123 subdomain. */
const SUBDOMAIN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

/** What the patterns of the schema mean, in words that complete "must be …". */
export const PATTERN_MEANINGS: ReadonlyMap<string, string> = new Map([
  [DURATION_PATTERN, 'a duration with its unit, such as 1s, 100ms or 1m30s'],
  ['^[^/:\\s]+$', 'the name of a network interface: 1 to 15 characters without spaces, "/" or ":"'],
  [SUBDOMAIN, 'a name of lower-case letters, digits, "-" and ".", with a letter or digit at both ends'],
  ['^[-._a-zA-Z0-9]+$', 'a key of letters, digits, "-", "_" and "."'],
  ['^[0-9a-fA-F:.]+(/[0-9]+)?$', 'an IPv4 or IPv6 address, with or without a prefix length: 192.0.2.100/24'],
  ['^[0-9a-fA-F:.]+$', 'an IPv4 or IPv6 address without a prefix length'],
  ['^/[!-~]*$', 'a path that starts with "/" and has no spaces'],
  ["^[-!#$%&'*+.^_`|~0-9A-Za-z]+$", 'the name of an HTTP header'],
  ['^[ -~]*$', 'printable ASCII text'],
]);

type Annotations = Readonly<{ description: string }>;

/** A duration; which ones are allowed is a matter of the rules. */
export const duration = <const A extends Annotations>(annotations: A) =>
  ({ type: 'string', maxLength: 32, pattern: DURATION_PATTERN, ...annotations }) as const;

export const interfaceName = <const A extends Annotations>(annotations: A) =>
  ({ type: 'string', minLength: 1, maxLength: 15, pattern: '^[^/:\\s]+$', ...annotations }) as const;

/** What Kubernetes objects are called. */
export const objectName = <const A extends Annotations>(annotations: A) =>
  ({
    type: 'string',
    minLength: 1,
    maxLength: 253,
    pattern: SUBDOMAIN,
    ...annotations,
  }) as const;

export const ipAddressText = <const A extends Annotations>(annotations: A) =>
  ({ type: 'string', minLength: 1, maxLength: 45, pattern: '^[0-9a-fA-F:.]+$', ...annotations }) as const;

export const prefixText = <const A extends Annotations>(annotations: A) =>
  ({
    type: 'string',
    minLength: 1,
    maxLength: 49,
    pattern: '^[0-9a-fA-F:.]+(/[0-9]+)?$',
    ...annotations,
  }) as const;

/**
 * `metadata.name` of a VirtualIP. Shorter than Kubernetes would allow: it is also the value of a label, and part of the
 * names of the VirtualRouters.
 */
export const virtualIPName = <const A extends Annotations>(annotations: A) =>
  ({
    type: 'string',
    minLength: 1,
    maxLength: 63,
    pattern: SUBDOMAIN,
    ...annotations,
  }) as const;

/** A point in time as Kubernetes writes it. */
export const instant = <const D extends string>(description: D) =>
  ({ type: 'string', format: 'date-time', maxLength: 40, description }) as const;

/** What tracking adds to the priority; its absence is a value of its own. */
export const trackingWeight = <const A extends Annotations>(annotations: A) =>
  ({ type: 'integer', minimum: -253, maximum: 253, ...annotations }) as const;

/** What a Kubernetes label selector is; selects everything when empty. */
export const labelSelector = <const A extends Annotations>(annotations: A) =>
  ({
    type: 'object',
    'x-kubernetes-map-type': 'atomic',
    properties: {
      matchLabels: {
        type: 'object',
        description: 'Labels that must be there with exactly these values.',
        maxProperties: 64,
        additionalProperties: { type: 'string', description: 'The value of this label.', maxLength: 63 },
      },
      matchExpressions: {
        type: 'array',
        description: 'Conditions on labels; all must hold.',
        maxItems: 64,
        items: {
          type: 'object',
          description: 'One condition: a label, a comparison, and the values to compare with.',
          required: ['key', 'operator'],
          properties: {
            key: { type: 'string', description: 'The key of the label.', minLength: 1, maxLength: 317 },
            operator: {
              type: 'string',
              description: `In: the value is one of values. NotIn: it is none of them, or the label is missing. Exists, \
DoesNotExist: the label is there with any value, or not at all.`,
              enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
            },
            values: {
              type: 'array',
              description: 'The values of In and NotIn; absent for Exists and DoesNotExist.',
              maxItems: 256,
              items: { type: 'string', description: 'A value of the label.', maxLength: 63 },
            },
          },
        },
      },
    },
    ...annotations,
  }) as const;
