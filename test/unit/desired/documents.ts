import { type Assessment, assess } from '../../../src/node-agent/desired/desired-state.js';
import { type LocatedFinding, formatFinding } from '../../../src/node-agent/desired/located-finding.js';
import { refused } from '../../../src/values/result.js';

/** A VirtualIP document of nine lines at most, with these lines in its spec. */
export const document = (name: string, ...spec: readonly string[]): string =>
  [
    'apiVersion: kube-vrrp.io/v1alpha1',
    'kind: VirtualIP',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    ...spec.map((line) => `  ${line}`),
    '',
  ].join('\n');

/** The smallest one. */
export const vip = (name: string, address: string, vrid: number, ...more: readonly string[]): string =>
  document(name, `addresses: [${address}]`, `vrid: ${String(vrid)}`, ...more);

/** Judges texts as files `a.yaml`, `b.yaml`, … */
export const assessTexts = (texts: readonly string[], nodeName: string | null = null): Assessment =>
  assess(
    texts.map((text, index) => ({
      name: `${String.fromCharCode(97 + index)}.yaml`,
      bytes: new TextEncoder().encode(text),
    })),
    nodeName,
    () => refused('cannot be read in this test'),
  );

/** Findings as a person sees them, without the remedies. */
export const lines = (findings: readonly LocatedFinding[]): string[] =>
  findings.map(({ remedy: _, ...finding }) => formatFinding(finding));
