import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { VirtualRouter } from '../../../../src/api/v1alpha1/virtual-router.js';
import { answerTo, decideAgents } from '../../../../src/operator/decide/agents.js';
import type { AgentSettings, AgentsInput, DaemonSet } from '../../../../src/operator/decide/types.js';
import { carriedOut, deployed, nodes, virtualIP } from './cluster.js';

const settings: AgentSettings = {
  image: 'registry.example/kube-vrrp:1',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  namespace: 'kube-vrrp',
  daemonSetName: 'kube-vrrp-agent',
  serviceAccountName: 'kube-vrrp-agent',
  secretName: 'kube-vrrp-agent',
  realtime: false,
  priorityClassName: null,
  resources: { requests: { cpu: '0.1' } },
  tolerations: [{ operator: 'Exists' }],
  podLabels: {},
  podAnnotations: {},
  stateDir: '/var/lib/kube-vrrp',
  http: '127.0.0.1:9112',
  logFormat: 'json',
  logLevel: 'info',
  terminationGracePeriodSeconds: 30,
  env: { KUBERNETES_SERVICE_HOST: '192.0.2.1' },
  extraArgs: [],
};

const inputWith = (
  virtualRouters: readonly VirtualRouter[],
  over: Partial<AgentsInput> = {},
): AgentsInput => ({
  virtualRouters,
  settings,
  existing: null,
  owner: null,
  answered: null,
  ...over,
});

/** The VirtualRouters of a VirtualIP that was accepted. */
const known = (spec: Parameters<typeof virtualIP>[0] = {}, name = 'web'): readonly VirtualRouter[] =>
  deployed({ virtualIP: virtualIP(spec, { name }) }).virtualRouters;

const applied = (input: AgentsInput): DaemonSet => {
  const { apply } = decideAgents(input);
  assert.ok(apply !== null);
  return apply;
};

/** The value at a path of names and indices. */
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step],
    value,
  );

const POD = ['spec', 'template', 'spec'] as const;
const CONTAINER = [...POD, 'containers', 0] as const;
const terms = (input: AgentsInput): unknown =>
  at(
    applied(input),
    ...POD,
    ...['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'],
  );

const LINUX = { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] };
const edge = { nodeSelector: { matchLabels: { role: 'edge' } } };
const isEdge = { key: 'role', operator: 'In', values: ['edge'] };

describe('agents run', () => {
  it('nowhere without a VirtualIP', () =>
    assert.deepEqual(decideAgents(inputWith([])), { apply: null, remove: false }));

  it('no more when the last VirtualIP is gone', () => {
    const existing = applied(inputWith(known()));
    assert.deepEqual(decideAgents(inputWith([], { existing })), { apply: null, remove: true });
  });

  it('on every Linux node for a VirtualIP without a selector, whatever the others want', () =>
    assert.deepEqual(terms(inputWith([...known(edge, 'a'), ...known({}, 'b')])), [
      { matchExpressions: [LINUX] },
    ]));

  it('on all nodes that some VirtualIP selects, each selector once, in an order of its own', () => {
    const zone = {
      nodeSelector: {
        matchExpressions: [
          { key: 'zone', operator: 'NotIn' as const, values: ['x'] },
          { key: 'edge', operator: 'Exists' as const },
          LINUX as { key: string; operator: 'In'; values: string[] },
        ],
      },
    };
    const [a, b, c] = [known(edge, 'a'), known(zone, 'b'), known(edge, 'c')];
    const expected = [
      {
        matchExpressions: [
          LINUX,
          { key: 'edge', operator: 'Exists' },
          { key: 'zone', operator: 'NotIn', values: ['x'] },
        ],
      },
      { matchExpressions: [LINUX, isEdge] },
    ];
    assert.deepEqual(terms(inputWith([...a, ...b, ...c])), expected);
    assert.deepEqual(terms(inputWith([...c, ...b, ...a])), expected);
  });

  it('where a VirtualIP would have members if there were such nodes', () =>
    assert.deepEqual(terms(inputWith(deployed({ virtualIP: virtualIP(edge), nodes: [] }).virtualRouters)), [
      { matchExpressions: [LINUX, isEdge] },
    ]));

  it('where they are while an edit is refused', () => {
    const before = deployed({ virtualIP: virtualIP(edge) });
    const everywhere = virtualIP({ vrid: 300 }, { generation: 2 });
    const after = carriedOut({ ...before, virtualIP: everywhere });
    assert.deepEqual(terms(inputWith(after.virtualRouters)), [{ matchExpressions: [LINUX, isEdge] }]);
  });

  it('on the members of a VirtualRouter whose annotation somebody has spoilt', () => {
    for (const text of ['{', 'null', undefined]) {
      const [router] = deployed({ nodes: nodes(2) }).virtualRouters;
      const annotations: Record<string, string> =
        text === undefined ? {} : { 'kube-vrrp.io/node-selector': text };
      const spoilt = { ...router!, metadata: { ...router!.metadata, annotations } };
      assert.deepEqual(terms(inputWith([spoilt])), [
        { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['edge-1'] }] },
        { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['edge-2'] }] },
      ]);
    }
  });
});

describe('the DaemonSet', () => {
  const daemonSet = applied(inputWith(known()));

  it('asks for little privilege', () => {
    assert.deepEqual(at(daemonSet, ...CONTAINER, 'securityContext'), {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
    });
    assert.deepEqual(at(daemonSet, ...POD, 'securityContext'), {
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.equal(at(daemonSet, ...POD, 'hostNetwork'), true);
    const realtime = applied(inputWith(known(), { settings: { ...settings, realtime: true } }));
    assert.deepEqual(at(realtime, ...CONTAINER, 'securityContext', 'capabilities', 'add'), [
      'NET_ADMIN',
      'NET_RAW',
      'SYS_NICE',
    ]);
  });

  it('starts the agent with what it needs to know', () => {
    assert.deepEqual(at(daemonSet, ...CONTAINER, 'args'), [
      'agent',
      '--node-name=$(NODE_NAME)',
      '--namespace=$(POD_NAMESPACE)',
      '--secret-name=kube-vrrp-agent',
      '--state-dir=/var/lib/kube-vrrp',
      '--http=127.0.0.1:9112',
      '--alive-file=/run/kube-vrrp/alive',
      '--log-format=json',
      '--log-level=info',
    ]);
    assert.deepEqual(
      (at(daemonSet, ...CONTAINER, 'env') as readonly { name: string }[]).map(({ name }) => name),
      ['NODE_NAME', 'POD_NAME', 'POD_NAMESPACE', 'KUBERNETES_SERVICE_HOST'],
    );
  });

  for (const [http, host, port] of [
    ['127.0.0.1:9112', '127.0.0.1', 9112],
    ['0.0.0.0:80', '127.0.0.1', 80],
    ['[::]:80', '127.0.0.1', 80],
    ['192.0.2.1:80', '192.0.2.1', 80],
    ['[::1]:80', '::1', 80],
  ] as const)
    it(`is asked at ${host} when it listens at ${http}`, () => {
      const asked = applied(inputWith(known(), { settings: { ...settings, http } }));
      assert.deepEqual(at(asked, ...CONTAINER, 'readinessProbe', 'httpGet'), { host, port, path: '/readyz' });
    });

  it('is not asked by HTTP when it does not listen, but is still looked after', () => {
    const silent = applied(inputWith(known(), { settings: { ...settings, http: 'off' } }));
    assert.equal(at(silent, ...CONTAINER, 'readinessProbe'), undefined);
    assert.deepEqual(at(silent, ...CONTAINER, 'livenessProbe'), at(daemonSet, ...CONTAINER, 'livenessProbe'));
  });

  it('is killed for nothing but a VRRP process that has shown no life for a long time', () => {
    const directory = mkdtempSync(join(tmpdir(), 'liveness-'));
    const [shell = '', ...words] = at(
      daemonSet,
      ...CONTAINER,
      'livenessProbe',
      'exec',
      'command',
    ) as string[];
    // As in the container, but with a folder of the test.
    const ask = (alive: string | null): { status: number | null; stdout: string } => {
      const file = join(directory, 'alive');
      rmSync(file, { force: true });
      if (alive !== null) writeFileSync(file, alive);
      const given = words.map((word) => word.replaceAll('/run/kube-vrrp', directory));
      assert.ok(given.join().includes(directory));
      return spawnSync(shell, given, { encoding: 'utf8' });
    };
    const now = Math.floor(uptime());
    try {
      assert.equal(ask(`${String(now + 45)}\n`).status, 0);
      for (const dead of [`${String(now - 1)}\n`, '', 'nonsense\n', null]) {
        const { status, stdout } = ask(dead);
        assert.equal(status, 1, String(dead));
        assert.match(stdout, /^the VRRP process hangs/);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
    assert.ok(!words.join().includes('$('), 'the kubelet would replace it');
    const { periodSeconds, failureThreshold, timeoutSeconds } = at(
      ...[daemonSet, ...CONTAINER, 'livenessProbe'],
    ) as Readonly<Record<string, number>>;
    assert.ok(periodSeconds! * (failureThreshold! - 1) >= 100 && timeoutSeconds! >= 10);
  });

  it('shows its life in memory, in a folder of its own', () => {
    const volumes = at(daemonSet, ...POD, 'volumes') as Readonly<{ name: string; emptyDir?: object }>[];
    const memory = volumes.find(({ emptyDir }) => emptyDir !== undefined);
    assert.ok(memory !== undefined);
    assert.deepEqual(memory.emptyDir, { medium: 'Memory', sizeLimit: '1Mi' });
    const mounts = at(daemonSet, ...CONTAINER, 'volumeMounts') as Readonly<Record<string, string>>[];
    assert.deepEqual(
      mounts.filter(({ name }) => name === memory.name),
      [{ name: memory.name, mountPath: '/run/kube-vrrp' }],
    );
  });

  it('marks its pods by what they are made from, and not by the nodes they are on', () => {
    const revision = (daemon: DaemonSet) =>
      at(daemon, 'spec', 'template', 'metadata', 'labels', 'kube-vrrp.io/revision');
    const elsewhere = applied(inputWith(known(edge)));
    const newer = applied(
      inputWith(known(), { settings: { ...settings, image: 'registry.example/kube-vrrp:2' } }),
    );
    assert.equal(typeof revision(daemonSet), 'string');
    assert.equal(revision(elsewhere), revision(daemonSet));
    assert.notEqual(revision(newer), revision(daemonSet));
  });

  it("keeps its selector whatever the pods' labels", () => {
    const labelled = applied(
      inputWith(known(), {
        settings: { ...settings, podLabels: { 'app.kubernetes.io/name': 'x', team: 'y' } },
      }),
    );
    assert.equal(at(labelled, 'spec', 'template', 'metadata', 'labels', 'team'), 'y');
    assert.equal(
      at(labelled, 'spec', 'template', 'metadata', 'labels', 'app.kubernetes.io/name'),
      'kube-vrrp',
    );
    assert.deepEqual(at(labelled, 'spec', 'selector'), at(daemonSet, 'spec', 'selector'));
  });
});

describe('the DaemonSet is written', () => {
  const daemonSet = applied(inputWith(known()));
  /** What the API server makes of it: defaults, canonical quantities, no empty lists. */
  const stored = (): DaemonSet => {
    const copy = structuredClone(daemonSet) as unknown as Record<string, Record<string, never>>;
    const pod = at(copy, ...POD) as Record<string, unknown>;
    const [container] = pod['containers'] as Record<string, unknown>[];
    Object.assign(pod, { restartPolicy: 'Always', schedulerName: 'default-scheduler' });
    delete pod['imagePullSecrets'];
    Object.assign(container!, { resources: { requests: { cpu: '100m' } }, terminationMessagePath: '/dev/x' });
    Object.assign(copy['metadata']!, { uid: 'u', generation: 3, resourceVersion: '9' });
    Object.assign(copy['spec']!, { revisionHistoryLimit: 10 });
    return copy as unknown as DaemonSet;
  };
  const changed = (change: (pod: Record<string, unknown>) => void): DaemonSet => {
    const copy = stored();
    change(at(copy, ...POD) as Record<string, unknown>);
    return copy;
  };
  const isWritten = (existing: DaemonSet, over: Partial<AgentSettings> = {}): boolean =>
    decideAgents(inputWith(known(), { existing, settings: { ...settings, ...over } })).apply !== null;

  it('not again as long as the API server has it, in its own spelling', () =>
    assert.ok(!isWritten(stored())));

  it('when a setting changes, the resources included', () => {
    assert.ok(isWritten(stored(), { image: 'registry.example/kube-vrrp:2' }));
    assert.ok(isWritten(stored(), { resources: { requests: { cpu: '0.2' } } }));
  });

  it('when the nodes change', () => {
    const { apply } = decideAgents(inputWith(known(edge), { existing: stored() }));
    assert.ok(apply !== null);
  });

  it('when somebody has changed it by hand', () =>
    assert.ok(
      isWritten(
        changed((pod) => {
          pod['hostNetwork'] = false;
        }),
      ),
    ));

  it('not again for an empty text that the API server leaves out', () => {
    const withEmpty = { ...settings, env: { ...settings.env, EMPTY: '' } };
    const copy = applied(inputWith(known(), { settings: withEmpty }));
    const pod = at(copy, ...POD) as { containers: { env: { name: string; value?: string }[] }[] };
    for (const variable of pod.containers[0]?.env ?? []) if (variable.value === '') delete variable.value;
    assert.equal(decideAgents(inputWith(known(), { settings: withEmpty, existing: copy })).apply, null);
    const filled = applied(inputWith(known(), { settings: { ...withEmpty, env: { EMPTY: 'x' } } }));
    assert.notEqual(decideAgents(inputWith(known(), { settings: withEmpty, existing: filled })).apply, null);
  });

  it('not for what the API server makes of each apply, but for what somebody does to that', () => {
    const rewritten = changed((pod) => {
      for (const container of pod['containers'] as { image: string }[])
        container.image = 'mirror.example/x:1';
    });
    const wanted = applied(inputWith(known()));
    const input = inputWith(known(), { existing: rewritten, answered: answerTo(wanted, rewritten) });
    assert.equal(decideAgents(input).apply, null);
    const touched = { ...rewritten, metadata: { ...rewritten.metadata, generation: 4 } };
    assert.notEqual(decideAgents({ ...input, existing: touched }).apply, null);
    assert.notEqual(decideAgents({ ...input, virtualRouters: known(edge) }).apply, null);
  });

  it('when they belong to something else than before', () => {
    const reference = (kind: string) => ({ apiVersion: 'v1', kind, name: kind, uid: kind });
    const existing = applied(inputWith(known(), { owner: reference('Deployment') }));
    const { apply } = decideAgents(inputWith(known(), { existing, owner: reference('ServiceAccount') }));
    assert.deepEqual(apply?.metadata.ownerReferences, [reference('ServiceAccount')]);
  });

  it('not because somebody else has added a container', () =>
    assert.ok(
      !isWritten(
        changed((pod) => {
          pod['containers'] = [{ name: 'sidecar' }, ...(pod['containers'] as object[])];
        }),
      ),
    ));

  it('not while it is being deleted', () => {
    const { metadata, ...rest } = stored();
    const leaving = { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    assert.deepEqual(decideAgents(inputWith([], { existing: leaving })), { apply: null, remove: false });
    assert.ok(!isWritten(leaving, { image: 'x' }));
  });
});
