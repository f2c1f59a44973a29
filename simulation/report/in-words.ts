import { type Micros, toSeconds } from '../../src/values/time.js';
import type { Happening, Incident, Packet, RouterPlan, Schedule, Settings } from '../schedule.js';

/** `12.034000` */
export const seconds = (time: Micros): string => toSeconds(time).toFixed(6);

/** The schedule as text: what there is, what happens, and when it is over. */
export function scheduleInWords(schedule: Schedule): readonly string[] {
  const { seed, hosts, routers, climate, incidents, mendAt, absent, end } = schedule;
  const gone = absent.length > 0 ? `, host ${absent.join(' and ')} is gone for good` : '';
  return [
    `Schedule of seed ${String(seed)}: ${String(hosts)} hosts, ${String(incidents.length)} incidents`,
    `  at most ${seconds(climate.delay)} s for a datagram, ${seconds(climate.lateness)} s for a timer to be late, ${seconds(climate.kernel)} s for the kernel`,
    ...(climate.unhurried === true ? ['  adverts wait to be read'] : []),
    ...routers.flatMap((router, index) => routerInWords(router, index)),
    ...incidents.map((incident) => `${seconds(incident.at).padStart(14)} ${incidentInWords(incident)}`),
    `${seconds(mendAt).padStart(14)} everything is mended${gone}`,
    `${seconds(end).padStart(14)} the end`,
  ];
}

const routerInWords = ({ family, settings }: RouterPlan, index: number): readonly string[] => [
  `  router ${String(index)}, ${family}:`,
  ...settings.map((of, host) => `    host ${String(host)}: ${settingsInWords(of)}`),
];

function settingsInWords(settings: Settings): string {
  const { version, vrid, priority, interval, addresses, preemption, password, unicast, uplinkWeight } =
    settings;
  const odd = [
    unicast && 'unicast',
    password !== null && `password ${password}`,
    preemption.mode === 'NoPreempt' && 'does not preempt',
    preemption.delay > 0 && `preempts after ${seconds(preemption.delay)} s`,
    settings.checksum === 'MessageOnly' && 'checksum over the message only',
    uplinkWeight !== null && `uplink counts ${String(uplinkWeight)}`,
  ].filter((text) => text !== false);
  const common = `VRRPv${String(version)}, VRID ${String(vrid)}, priority ${String(priority)}, ${seconds(interval)} s, ${addresses.join(' ')}`;
  return [common, ...odd].join(', ');
}

export function incidentInWords(incident: Incident): string {
  const { at: _, ...happening } = incident;
  return `${subject(incident)}${DEEDS[incident.kind]}${detail(happening)}`;
}

function subject(incident: Incident): string {
  if (incident.kind === 'packet')
    return `to host ${String(incident.host)}, router ${String(incident.router)}: `;
  const host = 'host' in incident ? `host ${String(incident.host)}` : '';
  const router = 'router' in incident ? `, router ${String(incident.router)}` : '';
  return host === '' ? '' : `${host}${router}: `;
}

const DEEDS: Readonly<Record<Happening['kind'], string>> = {
  crash: 'the VRRP process is killed',
  powerOff: 'power off',
  start: 'the agent starts',
  stop: 'the agent is told to stop',
  hurry: 'the agent is told again to stop',
  pause: 'the agent stands still',
  cut: 'no datagram passes',
  partition: 'partition',
  linkDown: 'the link goes down',
  uplinkDown: 'the uplink goes down',
  sourceGone: 'the address of the host is removed',
  weather: 'weather',
  lose: 'datagrams are lost',
  wallClock: 'the wall clock is set',
  trackerFails: 'a tracked object fails',
  edit: 'is told',
  removed: 'is removed',
  addressesStolen: 'somebody removes the virtual addresses',
  refused: 'the kernel refuses',
  socketLost: 'the sockets fail',
  packet: 'a stranger sends',
};

function detail(happening: Happening): string {
  const {
    kind,
    host: _host,
    router: _router,
    lasts,
    ...rest
  } = happening as Happening & Partial<Record<'host' | 'router' | 'lasts', number>>;
  const what =
    kind === 'packet' ? packetInWords(happening as Extract<Happening, { kind: 'packet' }>) : plain(rest);
  const until = lasts === undefined ? '' : ` for ${seconds(lasts as Micros)} s`;
  return `${what === '' ? '' : ` ${what}`}${until}`;
}

function packetInWords({
  packet,
  times,
  every,
}: Readonly<{ packet: Packet; times: number; every: Micros }>): string {
  const what =
    packet.kind === 'malformed'
      ? `what is no advert (${packet.how})`
      : `an advert from ${packet.from} with priority ${String(packet.priority)} and ${seconds(packet.interval)} s`;
  return times === 1 ? what : `${what}, ${String(times)} times each ${seconds(every)} s`;
}

const plain = (values: object): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
