import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualIPSpec } from '../../../../src/api/v1alpha1/virtual-ip.js';
import { agentNodeTerms } from '../../../../src/operator/decide/agent-nodes.js';
import { decide } from '../../../../src/operator/decide/decide.js';
import type { Input } from '../../../../src/operator/decide/types.js';
import { NOW, carriedOut, condition, deployed, later, node, nodes, told, virtualIP } from './cluster.js';

const on = (rack: string) => ({ nodeSelector: { matchLabels: { rack } } });
const old = ['a', 'b'].map((name) => node(name, { labels: { rack: 'old' } }));
const young = ['c', 'd'].map((name) => node(name, { labels: { rack: 'new' } }));

/** Two nodes run it, and `a` holds the addresses; then the spec says otherwise. */
function edited(spec: Partial<VirtualIPSpec> = on('new'), before: Partial<VirtualIPSpec> = {}): Input {
  const input = deployed({ virtualIP: virtualIP({ ...on('old'), ...before }), nodes: [...old, ...young] });
  const running = told(input, { a: { state: 'Active' }, b: {} });
  return carriedOut({ ...running, virtualIP: virtualIP({ ...before, ...spec }, { generation: 2 }) });
}

/** `a 254, b 253`: highest first. */
const members = ({ virtualRouters }: Input, which = 0): string =>
  (virtualRouters[which]?.spec.members ?? [])
    .toSorted((one, other) => other.priority - one.priority)
    .map((member) => member.node)
    .join(' ');

const agentsOn = ({ virtualRouters }: Input): readonly unknown[] =>
  agentNodeTerms(virtualRouters).flatMap(({ matchFields = [] }) =>
    matchFields.flatMap(({ values }) => values),
  );

const sorted = (names: string): string => names.split(' ').sort().join(' ');

describe('a VirtualIP that is moved to other nodes', () => {
  it('stays with its old nodes, and their agents, until a new one is there', () => {
    const moving = edited();
    assert.equal(sorted(members(moving)), 'a b c d');
    assert.match(members(moving), /^[ab] [ab] [cd] [cd]$/);
    assert.deepEqual(agentsOn(moving), ['a', 'b']);
    assert.deepEqual(decide(moving).apply, []);
  });

  it('does not take the addresses from the holder for new nodes that cannot run it', () => {
    const broken = { state: 'Initialize', because: 'interfaceMissing' } as const;
    const stuck = carriedOut(told(edited(), { c: broken, d: broken }));
    assert.match(members(stuck), /^[ab] [ab] /);
  });

  it('hands over when a new node waits as Backup: the old ones stand behind it', () => {
    const arrived = carriedOut(told(edited(), { c: {} }));
    assert.match(members(arrived), /^c .*[ab] [ab]$/);
    assert.deepEqual(agentsOn(arrived), ['a', 'b']);
  });

  it('leaves the old nodes when a new one is Active', () => {
    const arrived = carriedOut(told(edited(), { c: {} }));
    const moved = carriedOut(told(arrived, { a: {}, c: { state: 'Active', heardAt: NOW } }));
    assert.equal(sorted(members(moved)), 'c d');
    assert.deepEqual(agentsOn(moved), []);
    assert.deepEqual(decide(moved).apply, []);
  });

  it('leaves them at once when a node that stays holds the addresses', () => {
    const input = deployed({ nodes: [...old, ...young] });
    const running = told(input, { a: {}, b: {}, c: { state: 'Active' }, d: {} });
    assert.equal(sorted(members(carriedOut({ ...running, virtualIP: virtualIP(on('new')) }))), 'c d');
  });

  it('puts the old nodes back before those that are yet to come when the one that had come is not heard any more', () => {
    const silent = later(carriedOut(told(edited(), { c: {} })), 25_000);
    const heardAt = silent.now.monotonic;
    const spoken = told(silent, { a: { state: 'Active', heardAt }, b: { heardAt } });
    assert.match(members(carriedOut(later(spoken, 10_000))), /^c [ab] [ab] d$/);
  });

  it('waits for both families', () => {
    const moving = edited(on('new'), { addresses: ['192.0.2.100', '2001:db8::1'] });
    const six = told(moving, { a: { state: 'Active' }, c: {} }, 'IPv6');
    const half = told(six, { a: {}, c: { state: 'Active', heardAt: NOW } });
    assert.equal(sorted(members(carriedOut(half))), 'a b c d');
    const both = told(half, { a: {}, c: { state: 'Active', heardAt: NOW } }, 'IPv6');
    assert.equal(sorted(members(carriedOut(both))), 'c d');
  });

  it('goes the same way with NoPreempt', () => {
    const arrived = carriedOut(told(edited(on('new'), { preemption: { mode: 'NoPreempt' } }), { c: {} }));
    assert.match(members(arrived), /^[cd] [cd] [ab] [ab]$/);
  });

  it('keeps the interface of the old nodes, whatever the new ones use', () => {
    const moving = edited({ ...on('new'), interface: 'bond0' }, { interface: 'eth1' });
    const interfaces = moving.virtualRouters[0]?.spec.members.map(
      (member) => `${member.node} ${member.interface ?? ''}`,
    );
    assert.deepEqual(interfaces?.toSorted(), ['a eth1', 'b eth1', 'c bond0', 'd bond0']);
  });

  it('finds room for the new nodes also with the lowest spec.priority', () => {
    assert.equal(sorted(members(edited(on('new'), { priority: 2 }))), 'a b c d');
  });

  it('keeps eight of many old nodes, the holder among them', () => {
    const many = nodes(250).map((each) => node(each.name, { labels: { rack: 'old' } }));
    const input = deployed({ virtualIP: virtualIP(on('old')), nodes: [...many, ...young] });
    const running = told(input, { 'edge-99': { state: 'Active' } });
    const moving = carriedOut({ ...running, virtualIP: virtualIP(on('new'), { generation: 2 }) });
    assert.equal(moving.virtualRouters[0]?.spec.members.length, 10);
    assert.ok(members(moving).split(' ').includes('edge-99'));
  });

  it('does not keep a node whose object is deleted, and keeps one that is being deleted', () => {
    const moving = edited();
    const gone = carriedOut({ ...moving, nodes: moving.nodes.filter(({ name }) => name !== 'a') });
    assert.equal(sorted(members(gone)), 'b c d');
    const leaving = moving.nodes.map((each) => (each.name === 'a' ? { ...each, leaving: true } : each));
    assert.equal(sorted(members(carriedOut({ ...moving, nodes: leaving }))), 'a b c d');
  });

  it('comes back without a move when the edit is taken back', () => {
    const back = carriedOut({ ...edited(), virtualIP: virtualIP(on('old'), { generation: 3 }) });
    assert.equal(sorted(members(back)), 'a b');
    assert.deepEqual(agentsOn(back), []);
  });

  it('is told in Programmed and on the nodes', () => {
    const waiting = decide(told(edited(), { a: { state: 'Active' }, b: {} }));
    const programmed = condition(waiting, 'Programmed');
    assert.equal(programmed.is, 'False NodesKept');
    assert.match(
      programmed.message,
      /^a and b are not selected any more .*; none of c and d is ready to take over\./,
    );
    assert.match(
      waiting.status.nodes?.find(({ name }) => name === 'a')?.message ?? '',
      /^Not selected any more/,
    );
  });

  it('stays, and says so, when no node is selected at all', () => {
    const lost = edited(on('nowhere'));
    assert.equal(sorted(members(lost)), 'a b');
    const decision = decide(lost);
    assert.match(condition(decision, 'Programmed').message, /no selected node is Ready/);
    assert.equal(condition(decision, 'Ready').is, 'True Held');
  });
});
