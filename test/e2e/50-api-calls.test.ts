import assert from 'node:assert/strict';

import { wallClock } from '../../lab/libc.js';
import { allows, inShort, isWrite, requestsOf, rulesOf } from './support/audit.js';
import { figure } from './support/figures.js';
import { share } from './support/preparation.js';
import { scenario } from './support/scenario.js';
import { AGENTS, NAMESPACE, OPERATOR, freeAddress } from './support/settings.js';
import { HEARTBEAT } from './support/timing.js';

/* What operator and agents ask of the API server: nothing that they may not, and next to nothing when nothing happens. */

/** How long nothing happens. */
const QUIET = 60_000;
/** From one renewal of the leader's lease to the next, by the chart's default. */
const RENEWAL = 1500;

share({
  quiet: { addresses: [freeAddress(0)] },
  'quiet-too': { addresses: [freeAddress(1), '2001:db8:2::b5'] },
});

scenario(
  'while nothing happens, nothing is written but heartbeats of the agents and the leader’s lease',
  async (stage) => {
    await stage.agentsReady();
    for (const name of ['quiet', 'quiet-too']) await stage.settled(name);
    // Events and a last write of the status may follow what was seen last.
    await stage.passTime(5000, 'what is going on comes to an end');
    const since = wallClock();
    await stage.passTime(QUIET, 'nothing happens');
    const until = wallClock();
    const during = (account: string) =>
      requestsOf(stage.cluster, account, since).filter(({ at }) => at < until);

    const operator = during(OPERATOR).filter(isWrite);
    const renewals = operator.filter(({ resource, verb }) => resource === 'leases' && verb !== 'create');
    assert.deepEqual(operator.filter((request) => !renewals.includes(request)).map(inShort), []);
    assertAbout(renewals.length, QUIET / RENEWAL, 'renewals of the lease');

    const agents = during(AGENTS).filter(isWrite);
    const heartbeats = agents.filter(
      ({ resource, verb }) => resource === 'virtualrouters/status' && verb === 'patch',
    );
    assert.deepEqual(agents.filter((request) => !heartbeats.includes(request)).map(inShort), []);
    assertAbout(heartbeats.length, (3 * QUIET) / HEARTBEAT, 'heartbeats of three agents');
    for (const node of stage.cluster.nodes) {
      const own = heartbeats.filter(({ source }) => source === node.address).length;
      assertAbout(own, QUIET / HEARTBEAT, `heartbeats of ${node.name}`);
    }
    figure(
      `quiet for ${String(QUIET / 1000)} s: writes`,
      `${String(renewals.length)} of the lease, ${String(heartbeats.length)} heartbeats of three agents`,
    );
    figure('quiet: other requests', readsInShort([...during(OPERATOR), ...during(AGENTS)]));
  },
);

/** Counts at the edges of a window differ by one. */
function assertAbout(actual: number, expected: number, what: string): void {
  const slack = 1 + Math.ceil(expected / 10);
  assert.ok(
    Math.abs(actual - expected) <= slack,
    `${String(actual)} ${what}, expected ${String(expected)} ± ${String(slack)}`,
  );
}

function readsInShort(requests: Parameters<typeof isWrite>[0][]): string {
  const counts = new Map<string, number>();
  for (const { verb, resource } of requests.filter((request) => !isWrite(request)))
    counts.set(`${verb} ${resource}`, (counts.get(`${verb} ${resource}`) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${String(count)} × ${what}`).join(', ') || 'none';
}

scenario('nothing that operator and agents ever asked for was outside of their roles', async (stage) => {
  // While an earlier release was removed its programs outlived their roles.
  const { metadata } = await stage.get<{ metadata: { creationTimestamp: string } }>(
    ...[`deployment/${OPERATOR}`, `--namespace=${NAMESPACE}`],
  );
  const installed = Date.parse(metadata.creationTimestamp);
  for (const account of [OPERATOR, AGENTS]) {
    const rules = await rulesOf(stage, account);
    const requests = requestsOf(stage.cluster, account, installed);
    assert.ok(requests.length > 0, `${account} has asked for nothing`);
    assert.ok(rules.length > 0, `${account} may do nothing`);
    const outside = requests.filter((request) => !rules.some((rule) => allows(rule, request)));
    assert.deepEqual([...new Set(outside.map(inShort))], [], `${account}: outside of its roles`);
    // An API server that has just started refuses what its roles allow until it knows them.
    const refused = requests.filter(({ code }) => code === 401 || code === 403);
    figure(`${account}: refused though allowed, while the API server started`, String(refused.length));
    const unused = rules.flatMap((rule) =>
      (rule.resources ?? []).flatMap((resource) =>
        rule.verbs
          .filter(
            (verb) =>
              !requests.some((request) => allows({ ...rule, resources: [resource], verbs: [verb] }, request)),
          )
          .map((verb) => `${verb} ${resource}`),
      ),
    );
    figure(`rights of ${account} that were not used`, unused.join(', ') || 'none');
  }
});
