import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type OperatorArguments, operatorOptions } from '../../../src/cli/operator.js';

const folder = mkdtempSync(join(tmpdir(), 'kube-vrrp-operator-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const given: OperatorArguments = {
  ...{ http: ':8080', leaderElection: true, versionCheck: true },
  ...{ logFormat: 'text', logLevel: 'info' },
};

const fileWith = (text: string): string => {
  const file = join(folder, 'operator.yaml');
  writeFileSync(file, text);
  return file;
};

describe('the options of kube-vrrp operator', () => {
  it('are read together with the file', () => {
    const options = operatorOptions({ ...given, config: fileWith('agent: {image: a}') }, '1.2.3');
    assert.ok(options.ok);
    assert.equal(options.value.config.agent.image, 'a');
    assert.deepEqual(options.value.http, { host: '', port: 8080 });
    assert.equal(options.value.kubeconfig, null);
  });

  it('are refused with every problem, of options and file alike', () => {
    const file = fileWith('workers: none');
    const options = operatorOptions({ ...given, config: file, http: 'everywhere', namespace: '' }, '1');
    assert.ok(!options.ok);
    const text = options.problem.join('\n');
    assert.match(text, /^--http: "everywhere" is not ADDRESS:PORT/m);
    assert.match(text, /^--namespace is empty/m);
    assert.match(text, /operator\.yaml: workers must be a whole number/);
    assert.match(text, /operator\.yaml: agent is required/);
  });

  it('say what to write when there is no file', () => {
    const missing = operatorOptions(given, '1');
    assert.ok(!missing.ok);
    assert.match(missing.problem.join(), /^--config: is missing.*agent: \{image: IMAGE\}/);
    const nowhere = operatorOptions({ ...given, config: join(folder, 'nowhere') }, '1');
    assert.ok(!nowhere.ok);
    assert.match(nowhere.problem.join(), /nowhere: does not exist/);
  });
});
