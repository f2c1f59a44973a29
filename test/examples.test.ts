import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { validateVirtualIP } from '../src/api/v1alpha1/validate.js';
import type { VirtualIP } from '../src/api/v1alpha1/virtual-ip.js';
import { refusals } from './unit/api/admission.js';

/* What people start from in a cluster. Those for standalone agents: test/unit/cli/validate.test.ts. */

const read = (name: string): readonly unknown[] =>
  parseAllDocuments(readFileSync(`examples/${name}`, 'utf8')).map((document) => document.toJS() as unknown);

const virtualIPs = readdirSync('examples')
  .filter((name) => name.startsWith('vip') && name.endsWith('.yaml'))
  .map((name) => ({ name, virtualIP: read(name)[0] as VirtualIP }));

type DaemonSet = Readonly<{
  kind: string;
  metadata: Readonly<{ namespace: string }>;
  spec: Readonly<{
    template: Readonly<{
      metadata: Readonly<{ labels: object }>;
      spec: Readonly<{ hostNetwork: boolean; containers: readonly Readonly<{ readinessProbe?: object }>[] }>;
    }>;
  }>;
}>;

describe('the examples for clusters', () => {
  it('can all be applied at once', () => {
    assert.ok(virtualIPs.length >= 3);
    const distinct = (values: readonly (string | number)[]) =>
      assert.equal(new Set(values).size, values.length, values.join());
    distinct(virtualIPs.map(({ virtualIP }) => virtualIP.metadata.name));
    distinct(virtualIPs.flatMap(({ virtualIP }) => virtualIP.spec.addresses));
    distinct(virtualIPs.flatMap(({ virtualIP }) => virtualIP.spec.vrid ?? []));
  });

  for (const { name, virtualIP } of virtualIPs)
    it(`${name} is accepted by the API server and by the operator, without a warning`, () => {
      assert.deepEqual(refusals(virtualIP.spec), []);
      const { problems, warnings } = validateVirtualIP(virtualIP, 'cluster');
      assert.deepEqual([...problems, ...warnings], []);
    });

  it('run the nginx whose pods the address follows, with a probe that says whether it is ready', () => {
    const [nginx] = read('nginx.yaml') as [DaemonSet];
    const pods = virtualIPs.find(({ name }) => name === 'vip.yaml')?.virtualIP.spec.track?.pods;
    assert.equal(nginx.kind, 'DaemonSet');
    assert.deepEqual(pods?.selector.matchLabels, nginx.spec.template.metadata.labels);
    assert.equal(pods.namespace, nginx.metadata.namespace);
    assert.equal(nginx.spec.template.spec.hostNetwork, true);
    assert.ok(
      nginx.spec.template.spec.containers.every(({ readinessProbe }) => readinessProbe !== undefined),
    );
  });
});
