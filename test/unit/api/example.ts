import type { Surroundings } from '../../../src/api/v1alpha1/defaults.js';
import { type Verdict, validateVirtualIP } from '../../../src/api/v1alpha1/validate.js';

/** The smallest VirtualIP that a standalone agent takes, with these fields of `spec` on top; undefined removes one. */
export const virtualIP = (spec: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  apiVersion: 'kube-vrrp.io/v1alpha1',
  kind: 'VirtualIP',
  metadata: { name: 'web' },
  spec: withoutUndefined({ addresses: ['192.0.2.100/24'], vrid: 51, ...spec }),
});

const withoutUndefined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

export const judge = (
  spec: Readonly<Record<string, unknown>>,
  surroundings: Surroundings = 'standalone',
): Verdict => validateVirtualIP(virtualIP(spec), surroundings);

/** `PATH: PROBLEM` of each problem. */
export const problemsOf = ({ problems }: Verdict): string[] =>
  problems.map(({ path, problem }) => `${path}: ${problem}`);

export const warningsOf = ({ warnings }: Verdict): string[] =>
  warnings.map(({ path, problem }) => `${path}: ${problem}`);
