import { type IpAddress, familyOf, parseIpAddress } from '../../../values/ip-address.js';
import { type Micros, fromSeconds } from '../../../values/time.js';
import type { DefaultedSpec } from '../virtual-ip.js';
import { familiesOf, readablePrefixes, unusableAddress } from './addresses.js';
import { type Report, type Rule, readDuration, rule } from './rule.js';

/** Whether adverts go to named peers: mode Auto means it when peers are given. */
export const isUnicast = ({ mode, peers = [] }: DefaultedSpec['unicast']): boolean =>
  mode === 'Unicast' || (mode === 'Auto' && peers.length > 0);

const unicastMode = rule(['unicast'], ({ unicast }, report, surroundings) => {
  const { mode, peers = [], minHopLimit, maxHopLimit } = unicast;
  if (mode === 'Multicast' && peers.length > 0)
    report.problem(['unicast', 'peers'], 'are given, and the mode is Multicast', 'set unicast.mode: Unicast');
  if (mode === 'Unicast' && peers.length === 0 && surroundings === 'standalone')
    report.problem(
      ['unicast', 'peers'],
      'are required for mode Unicast: without a cluster nobody fills them in',
      'list the addresses of the other routers',
    );
  if (minHopLimit > maxHopLimit)
    report.problem(
      ['unicast', 'minHopLimit'],
      `must not be above maxHopLimit, is ${String(minHopLimit)} and that is ${String(maxHopLimit)}`,
    );
});

const unicastPeers = rule(['unicast', 'addresses'], ({ unicast, addresses }, report, surroundings) => {
  const { peers = [] } = unicast;
  const virtual = new Set(readablePrefixes(addresses).map(({ address }) => address));
  const families = familiesOf(addresses);
  const usable = peers.flatMap((text, index) => readPeer(text, index, virtual, report));
  for (const [index, { at, address }] of usable.entries()) {
    if (usable.slice(0, index).some((earlier) => earlier.address === address))
      report.problem(at, `"${address}" is listed twice`, 'remove one');
    if (!families.has(familyOf(address)))
      report.warning(at, `is ${familyOf(address)}, and no address of this VirtualIP is`);
  }
  if (!isUnicast(unicast) || peers.length === 0 || surroundings === 'cluster') return;
  for (const family of families)
    if (!usable.some(({ address }) => familyOf(address) === family))
      report.problem(
        ['unicast', 'peers'],
        `have no ${family} address, and there are ${family} addresses to agree on`,
        `list the ${family} addresses of the other routers too`,
      );
});

type Peer = Readonly<{ at: readonly (string | number)[]; address: IpAddress }>;

function readPeer(text: string, index: number, virtual: ReadonlySet<IpAddress>, report: Report): Peer[] {
  const at = ['unicast', 'peers', index];
  const parsed = parseIpAddress(text);
  if (!parsed.ok) {
    report.problem(at, parsed.problem);
    return [];
  }
  const unusable = unusableAddress(parsed.value);
  if (unusable !== null) report.problem(at, `"${text}" ${unusable}`, "use a router's own address");
  if (virtual.has(parsed.value))
    report.problem(at, `"${text}" is one of the virtual addresses`, "use a router's own address");
  return [{ at, address: parsed.value }];
}

const announcement = rule(['announcement'], ({ announcement: { delay, refresh } }, report) => {
  const check = (field: string, text: string, fits: (value: Micros) => boolean, wanted: string) => {
    const value = readDuration(text, ['announcement', field], report);
    if (value !== null && !fits(value))
      report.problem(['announcement', field], `must be ${wanted}, is ${text}`);
  };
  check('delay', delay, (value) => value <= fromSeconds(3600), 'at most 1h');
  check(
    'refresh',
    refresh,
    (value) => value === 0 || (value >= fromSeconds(1) && value <= fromSeconds(86_400)),
    '0s (none) or 1s to 24h',
  );
});

export const networkRules: readonly Rule[] = [unicastMode, unicastPeers, announcement];
