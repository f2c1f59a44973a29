import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { wallClock } from '../../lab/libc.js';
import { openAccess } from './support/access.js';
import { table } from './support/columns.js';
import { eventsAbout } from './support/events.js';
import { clearFigures, figure } from './support/figures.js';
import { install, removeEverything } from './support/installation.js';
import { condition } from './support/objects.js';
import { deleteExample, loadImage } from './support/preparation.js';
import { anywhere, scenario, together } from './support/scenario.js';
import { EXAMPLES, NAMESPACE } from './support/settings.js';
import type { LabStage } from './support/stage.js';
import { TOLD_WITHIN } from './support/timing.js';

/* From nothing to nginx behind an address, as docs/quick-start.md tells it. */

const NGINX = join(EXAMPLES, 'nginx.yaml');
const VIP = join(EXAMPLES, 'vip.yaml');

/** From `kubectl apply -f examples/vip.yaml` to a page of nginx, milliseconds. */
const TO_FIRST_PAGE = 10_000;

before(async () => {
  clearFigures();
  const { access, cluster } = await openAccess();
  await removeEverything(access);
  if (cluster === null) return;
  await cluster.recover();
  await deleteExample(access, NGINX);
  await loadImage(cluster);
});

after(async () => {
  // Elsewhere the examples were not applied, and a DaemonSet called nginx is somebody's.
  const { access, cluster } = await openAccess();
  if (cluster !== null) for (const file of [VIP, NGINX]) await deleteExample(access, file);
});

anywhere(
  'helm install brings the operator up, and no agent before there is a VirtualIP',
  async (stage) => {
    const started = wallClock();
    await install(stage.access);
    figure('helm install until the operator is ready', wallClock() - started);
    await stage.watch();
    assert.deepEqual(stage.agents, []);
    const daemonSets = await stage.get<{ items: unknown[] }>('daemonsets', `--namespace=${NAMESPACE}`);
    assert.deepEqual(daemonSets.items, []);
  },
  { beforeInstall: true },
);

scenario(
  'a client on the LAN gets the page of nginx within ten seconds of applying the examples',
  async (stage) => {
    await stage.kubectl('apply', `--filename=${NGINX}`);
    await stage.cluster.rolledOut('daemonset/nginx');
    const manifest = readFileSync(VIP, 'utf8');
    const applied = stage.timeline.step('kubectl apply -f examples/vip.yaml');
    await stage.kubectl('apply', `--filename=${VIP}`);
    const { address } = exampleAddress(manifest);
    const held = await stage.holds(address, null, TO_FIRST_PAGE);
    const page = await firstPage(stage, address);
    figure('examples/vip.yaml: apply until a node holds the address', held - applied);
    figure('examples/vip.yaml: apply until a client has the page of nginx', page.at - applied);
    assert.match(page.text, /nginx/i);
    assert.ok(page.at - applied < TO_FIRST_PAGE, `it took ${(page.at - applied).toFixed(0)} ms`);
    await stage.kubectl('wait', '--for=condition=Ready', 'virtualip/web', '--timeout=30s');
    const ready = await stage.comesTo(
      'web',
      'is Ready',
      5000,
      (web) => condition(web, 'Ready')?.status === 'True',
    );
    figure('examples/vip.yaml: apply until Ready', ready - applied);
    // The first agent that has started takes the address, and gives it to the most preferred node when that one is there.
    const [preferred = ''] = stage.preference('web');
    await stage.heldBy(address, [preferred], 15_000);
    await stage.comesTo(
      'web',
      'names the node whose kernel has it',
      TOLD_WITHIN,
      ({ status }) => status?.holder === preferred,
    );
    await stage.settled('web');
  },
);

together('what kubectl tells', 4, () => {
  anywhere('kubectl explain tells what each field of a VirtualIP means, with its default', async (stage) => {
    assert.match(await stage.kubectl('explain', 'virtualip'), /exactly one healthy node holds/);
    const spec = await stage.kubectl('explain', 'virtualip.spec');
    for (const field of ['addresses', 'vrid', 'priority', 'nodeSelector', 'track', 'advertisementInterval'])
      assert.match(spec, new RegExp(`^ *${field}\\b`, 'm'));
    assert.match(await stage.kubectl('explain', 'vip.spec.preemption.mode'), /NoPreempt/);
    assert.match(await stage.kubectl('explain', 'virtualip.status.holder'), /node that holds the addresses/);
  });

  scenario(
    'kubectl get prints the columns that the documentation names, with what is true',
    async (stage) => {
      const web = await stage.settled('web');
      const { status } = web;
      const holder = status?.holder ?? '';
      const [row = {}] = table(await stage.kubectl('get', 'virtualips', 'web'));
      const { AGE: age = '', ...rest } = row;
      assert.match(age, /^\d+[smh]/);
      assert.deepEqual(rest, {
        ...{ NAME: 'web', ADDRESSES: status?.addresses, VRID: '51', INTERFACE: 'eth0' },
        ...{ HOLDER: holder, BACKUPS: '2', READY: 'True' },
      });
      const [wide = {}] = table(await stage.kubectl('get', 'vip', 'web', '--output=wide'));
      const { 'HELD FOR': since = '', MESSAGE: message = '' } = wide;
      assert.match(since, /^\d+[smh]/);
      assert.match(message, new RegExp(`\\b${holder}\\b`), 'the message names the holder');
      assert.deepEqual([wide['VERSION'], wide['INTERVAL'], wide['REASON']], ['3', '1s', 'Held']);
    },
  );

  scenario(
    'kubectl get shows the VirtualRouters behind a VirtualIP, and both by the name of the category',
    async (stage) => {
      const web = await stage.settled('web');
      const [router = {}] = table(await stage.kubectl('get', 'virtualrouters'));
      const { AGE: age = '', ...rest } = router;
      assert.match(age, /^\d+[smh]/);
      assert.deepEqual(rest, {
        ...{ NAME: 'web-ipv4', VIRTUALIP: 'web', FAMILY: 'IPv4', VRID: '51' },
        ...{ PREFERRED: stage.preference('web')[0], ACTIVE: web.status?.holder },
      });
      const all = await stage.kubectl('get', 'kube-vrrp', '--output=name');
      assert.deepEqual(all.trim().split('\n').sort(), [
        'virtualip.kube-vrrp.io/web',
        'virtualrouter.kube-vrrp.io/web-ipv4',
      ]);
    },
  );

  scenario(
    'each condition says True or False with a reason and a sentence, and events tell what happened',
    async (stage) => {
      const web = await stage.settled('web');
      const said = Object.fromEntries(
        (web.status?.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
      );
      assert.deepEqual(said, {
        Accepted: 'True Accepted',
        Programmed: 'True Programmed',
        Ready: 'True Held',
        Redundant: 'True BackupReady',
        SplitBrain: 'False NoSplitBrain',
        Degraded: 'False AllWell',
      });
      for (const { type, message, observedGeneration } of web.status?.conditions ?? []) {
        assert.match(message, /^\S.*[.]$/s, `${type}: ${message}`);
        assert.equal(observedGeneration, web.metadata.generation, type);
      }
      const states = (web.status?.nodes ?? []).map(({ name, state }) => `${name} ${state}`).sort();
      assert.deepEqual(
        states,
        ['w1', 'w2', 'w3'].map((name) => `${name} ${name === web.status?.holder ? 'Active' : 'Backup'}`),
      );
      const reasons = (await eventsAbout(stage, 'virtualip', 'web')).map(({ reason }) => reason);
      assert.ok(reasons.includes('HolderChanged'), `events: ${reasons.join(', ')}`);
      const described = await stage.kubectl('describe', 'virtualip', 'web');
      assert.match(described, /HolderChanged/, 'kubectl describe shows the events');
    },
  );
});

type Page = Readonly<{ at: number; text: string }>;

/** Asks for the page behind an address until one comes. */
async function firstPage(stage: LabStage, address: string): Promise<Page> {
  return stage.cluster.eventually('a page comes', TO_FIRST_PAGE, async () => {
    const text = await stage.lab.client.fetch(`http://${address}/`);
    return { at: wallClock(), text };
  });
}

function exampleAddress(manifest: string): Readonly<{ address: string }> {
  const address = /addresses: *\[ *([0-9.]+)/.exec(manifest)?.[1];
  assert.ok(address !== undefined, 'examples/vip.yaml has an address');
  return { address };
}
