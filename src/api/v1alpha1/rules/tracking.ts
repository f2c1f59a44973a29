import { parseIpAddress, isMulticast, isUnspecified } from '../../../values/ip-address.js';
import { fromMillis, fromSeconds } from '../../../values/time.js';
import type { FieldPath } from '../field-path.js';
import type { DefaultedSpec, Probe } from '../virtual-ip.js';
import { type Report, type Rule, readDuration, rule } from './rule.js';

/** Where a probe goes, as a URL; its name in the status when it has none of its own. */
export function probeTarget({ httpGet, tcpSocket }: Probe): string {
  if (httpGet !== undefined) return `http://${authority(httpGet.host, httpGet.port)}${httpGet.path}`;
  return tcpSocket === undefined ? 'nothing' : `tcp://${authority(tcpSocket.host, tcpSocket.port)}`;
}

const authority = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

export const probeName = (probe: Probe): string => probe.name ?? probeTarget(probe);

type Tracked = 'pods' | 'interfaces' | 'probes';

/** The weights of one kind of tracked things, and where they are written. */
export function trackingWeights(
  track: DefaultedSpec['track'],
  kind: Tracked,
): readonly Readonly<{ at: FieldPath; weight: number | undefined }>[] {
  if (kind === 'pods') return [{ at: ['track', kind, 'weight'], weight: track?.pods?.weight }];
  return (track?.[kind] ?? []).map(({ weight }, index) => ({ at: ['track', kind, index, 'weight'], weight }));
}

const weightsAreNotZero = (kind: Tracked): Rule =>
  rule(
    ['track'],
    ({ track }, report) => {
      for (const { at, weight } of trackingWeights(track, kind))
        if (weight === 0)
          report.problem(
            at,
            'is 0, which would change nothing',
            'leave weight out if the node shall leave the election while this fails (in keepalived: weight 0)',
          );
    },
    [['track', kind]],
  );

const interfacesAreDistinct = rule(
  ['track'],
  ({ track }, report) => {
    const names = (track?.interfaces ?? []).map(({ name }) => name);
    for (const [index, name] of names.entries())
      if (names.indexOf(name) < index)
        report.problem(
          ['track', 'interfaces', index, 'name'],
          `"${name}" is in track.interfaces[${String(names.indexOf(name))}] already`,
        );
  },
  [['track', 'interfaces']],
);

const probes = rule(
  ['track'],
  ({ track }, report) => {
    const seen = new Map<string, number>();
    for (const [index, probe] of (track?.probes ?? []).entries()) {
      const at = ['track', 'probes', index];
      checkProbe(probe, at, report);
      const earlier = seen.get(probeName(probe));
      if (earlier === undefined) seen.set(probeName(probe), index);
      else
        report.problem(
          at,
          `has the same ${probe.name === undefined ? 'target' : 'name'} as track.probes[${String(earlier)}]`,
          'remove one, or give it another name',
        );
    }
  },
  [['track', 'probes']],
);

function checkProbe(probe: Probe, at: FieldPath, report: Report): void {
  const { httpGet, tcpSocket } = probe;
  if (httpGet === undefined && tcpSocket === undefined)
    report.problem(at, 'checks nothing', 'set httpGet or tcpSocket');
  if (httpGet !== undefined && tcpSocket !== undefined)
    report.problem(at, 'has both httpGet and tcpSocket', 'write two probes');
  for (const [kind, target] of Object.entries({ httpGet, tcpSocket }))
    if (target !== undefined) checkHost(target.host, [...at, kind, 'host'], report);
  const timeout = readDuration(probe.timeout, [...at, 'timeout'], report);
  if (timeout === null) return;
  if (timeout < fromMillis(10))
    report.problem([...at, 'timeout'], `must be at least 10ms, is ${probe.timeout}`);
  if (timeout > fromSeconds(probe.periodSeconds))
    report.problem(
      [...at, 'timeout'],
      `must not be longer than the period, is ${probe.timeout} and that is ${String(probe.periodSeconds)}s`,
    );
}

function checkHost(host: string, at: FieldPath, report: Report): void {
  const parsed = parseIpAddress(host);
  if (!parsed.ok)
    report.problem(at, parsed.problem, 'give an IP address: a name would make DNS part of the election');
  else if (isMulticast(parsed.value) || isUnspecified(parsed.value))
    report.problem(at, `"${host}" is not the address of a host`);
}

const pods = rule(
  ['track'],
  ({ track }, report) => {
    const selector = track?.pods?.selector;
    if (selector === undefined) return;
    const conditions =
      Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length;
    if (conditions === 0) report.problem(['track', 'pods', 'selector'], 'is empty and would count every pod');
  },
  [['track', 'pods']],
);

const selectors = rule(
  ['track', 'nodeSelector'],
  ({ track, nodeSelector }, report) => {
    const all = [
      { at: ['nodeSelector'], selector: nodeSelector },
      { at: ['track', 'pods', 'selector'], selector: track?.pods?.selector },
    ];
    for (const { at, selector } of all)
      for (const [index, { operator, values = [] }] of (selector?.matchExpressions ?? []).entries()) {
        const wantsValues = operator === 'In' || operator === 'NotIn';
        if (wantsValues !== values.length > 0)
          report.problem(
            [...at, 'matchExpressions', index, 'values'],
            wantsValues
              ? `must not be empty with operator ${operator}`
              : `must be absent with operator ${operator}`,
          );
      }
  },
  [['track', 'pods'], ['nodeSelector']],
);

export const trackingRules: readonly Rule[] = [
  ...(['pods', 'interfaces', 'probes'] as const).map(weightsAreNotZero),
  interfacesAreDistinct,
  probes,
  pods,
  selectors,
];
