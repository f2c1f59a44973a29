import { fromSeconds } from '../../../values/time.js';
import { type Rule, readDuration, rule } from './rule.js';
import { trackingWeights } from './tracking.js';

const OWNER = 255;

const vridWithoutOperator = rule(['vrid'], ({ vrid }, report, surroundings) => {
  if (surroundings === 'standalone' && vrid === undefined)
    report.problem(
      ['vrid'],
      'is required for a standalone agent: without a cluster nobody picks one',
      'set a number from 1 to 255 that no other virtual router on the network segment uses',
    );
});

const interfaces = rule(['interface', 'nodes'], (spec, report) => {
  const named = [
    { at: ['interface'], name: spec.interface },
    ...(spec.nodes ?? []).map((node, index) => ({ at: ['nodes', index, 'interface'], name: node.interface })),
  ];
  for (const { at, name } of named) {
    if (name === 'lo')
      report.problem(at, 'is the loopback interface, which has no neighbours', 'name a network one');
    if (name === '.' || name === '..') report.problem(at, `"${name}" cannot be the name of an interface`);
  }
});

const nodesAreDistinct = rule(['nodes'], ({ nodes = [] }, report) => {
  const names = new Map<string, number>();
  const priorities = new Map<number, number>();
  for (const [index, node] of nodes.entries()) {
    const sameName = names.get(node.name);
    if (sameName !== undefined)
      report.problem(['nodes', index, 'name'], `"${node.name}" is in nodes[${String(sameName)}] already`);
    else names.set(node.name, index);
    if (node.priority === undefined) continue;
    const samePriority = priorities.get(node.priority);
    const at = ['nodes', index, 'priority'];
    if (samePriority === undefined) priorities.set(node.priority, index);
    else if (node.priority === OWNER)
      report.problem(at, `is 255, as in nodes[${String(samePriority)}]: only one host owns the addresses`);
    else if (sameName === undefined)
      report.warning(
        at,
        `is the same as in nodes[${String(samePriority)}]; between equals the greater IP address decides`,
        'give each node its own priority',
      );
  }
});

const preemption = rule(['preemption'], ({ preemption: { mode, delay: text } }, report) => {
  const delay = readDuration(text, ['preemption', 'delay'], report);
  if (delay === null) return;
  if (delay > fromSeconds(1000)) report.problem(['preemption', 'delay'], `must be at most 1000s, is ${text}`);
  else if (mode === 'NoPreempt' && delay > 0)
    report.problem(
      ['preemption', 'delay'],
      'delays preemption, and NoPreempt never preempts',
      'leave delay out, or use mode: Preempt',
    );
});

/** RFC 9568 §5.2.4: 255 is the router whose real addresses these are. */
const owner = rule(['priority', 'nodes', 'preemption', 'track'], (spec, report, surroundings) => {
  if (spec.priority === OWNER && surroundings === 'cluster')
    report.problem(
      ['priority'],
      'is 255, which belongs to the one host whose own addresses these are',
      'use 254, or give that node priority 255 under nodes',
    );
  const isOwner = spec.priority === OWNER || spec.nodes?.some((node) => node.priority === OWNER) === true;
  if (!isOwner) return;
  if (spec.preemption.mode === 'NoPreempt')
    report.warning(
      ['preemption', 'mode'],
      'has no effect at priority 255: the owner always takes its addresses',
    );
  for (const { at, weight } of (['pods', 'interfaces', 'probes'] as const).flatMap((kind) =>
    trackingWeights(spec.track, kind),
  ))
    if (weight !== undefined)
      report.warning(at, 'has no effect at priority 255', 'use 254, or leave weight out');
});

const standaloneOnly = rule(['nodeSelector', 'track'], (spec, report, surroundings) => {
  if (surroundings === 'cluster') return;
  if (spec.nodeSelector !== undefined)
    report.warning(['nodeSelector'], 'has no effect without a cluster: this host takes part');
  if (spec.track?.pods !== undefined)
    report.warning(
      ['track', 'pods'],
      'has no effect without a cluster',
      'use track.probes for what runs here',
    );
});

export const electionRules: readonly Rule[] = [
  vridWithoutOperator,
  interfaces,
  nodesAreDistinct,
  preemption,
  owner,
  standaloneOnly,
];
