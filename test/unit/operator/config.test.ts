import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOperatorConfig } from '../../../src/operator/config.js';

const problemsOf = (text: string): readonly string[] => {
  const parsed = parseOperatorConfig(text);
  return parsed.ok ? [] : parsed.problem;
};

describe("the operator's configuration file", () => {
  it('needs nothing but the image of the agents', () => {
    const parsed = parseOperatorConfig('agent: {image: "registry.example/kube-vrrp:1"}');
    assert.ok(parsed.ok);
    assert.equal(parsed.value.agent.image, 'registry.example/kube-vrrp:1');
    assert.equal(parsed.value.agent.priorityClassName, 'system-node-critical');
    assert.deepEqual(parsed.value.agent.tolerations, [{ operator: 'Exists' }]);
    assert.equal(parsed.value.workers, 4);
    assert.deepEqual(parsed.value.leaderElection, {
      leaseName: 'kube-vrrp-operator',
      leaseDuration: 6_000,
      renewDeadline: 4_000,
      retryPeriod: 1_500,
    });
  });

  it('takes what is written over the defaults, and an empty priority class for none', () => {
    const parsed = parseOperatorConfig(`
agent:
  image: a
  priorityClassName: ""
  resources: {limits: {memory: 1Gi, cpu: 2}}
  tolerations: []
  podLabels: {team: edge}
leaderElection: {leaseDuration: 1m}`);
    assert.ok(parsed.ok);
    const { agent, leaderElection } = parsed.value;
    assert.equal(agent.priorityClassName, null);
    assert.deepEqual(agent.resources, { limits: { memory: '1Gi', cpu: 2 } });
    assert.deepEqual(agent.tolerations, []);
    assert.deepEqual(agent.podLabels, { team: 'edge' });
    assert.equal(leaderElection.leaseDuration, 60_000);
  });

  it('is refused with every problem at once, each with its field', () => {
    const problems = problemsOf(`
agent:
  imagePullPolicy: Sometimes
  loglevel: info
workers: 0`);
    assert.equal(problems.length, 4);
    assert.match(problems.join('\n'), /^agent\.image is required and missing/m);
    assert.match(
      problems.join('\n'),
      /^agent\.imagePullPolicy must be Always, IfNotPresent or Never, is "Some/m,
    );
    assert.match(
      problems.join('\n'),
      /^agent\.loglevel is not a field that exists \(did you mean logLevel\?\)/m,
    );
    assert.match(problems.join('\n'), /^workers must be a whole number from 1 to 64, is 0/m);
  });

  it('is refused when the times of the election do not fit together, and when HTTP has no port', () => {
    const problems = problemsOf(`
agent: {image: a, http: everywhere}
leaderElection: {leaseDuration: 5s, renewDeadline: 5s, retryPeriod: 10ms}`);
    assert.deepEqual(
      problems.map((problem) => problem.split(' ')[0]),
      ['leaderElection.retryPeriod', 'leaderElection.renewDeadline', 'agent.http'],
    );
  });

  it('is refused when it is not YAML, or empty, or a list', () => {
    assert.match(problemsOf('agent: [').join(), /is not YAML/);
    assert.match(problemsOf('').join(), /agent is required/);
    assert.match(problemsOf('- a').join(), /^the file must be a mapping/);
  });

  it('cannot be changed afterwards', () => {
    const parsed = parseOperatorConfig('agent: {image: a}');
    assert.ok(parsed.ok && Object.isFrozen(parsed.value) && Object.isFrozen(parsed.value.agent.tolerations));
  });
});
