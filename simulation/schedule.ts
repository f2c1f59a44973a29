import type { AddressFamily } from '../src/values/ip-address.js';
import type { Micros } from '../src/values/time.js';
import type {
  Announcement,
  ChecksumForm,
  Preemption,
  Priority,
  VrrpVersion,
} from '../src/node-agent/vrrp/config.js';

/*
 * One run of the simulator, as data: JSON that can be kept, shortened and read. Nothing else decides what happens in it.
 *
 * Hosts are numbered from 0; the number after the last host's is that of the client on the LAN. Times are microseconds since the
 * simulation began.
 */
export type Schedule = Readonly<{
  /** Decides what each single datagram, timer and system call meets. */
  seed: number;
  /** Whether the hosts' monotonic clocks show the same: easier to read, but not to be expected. */
  sameClocks: boolean;
  hosts: number;
  /** The virtual routers, each of which all hosts have. */
  routers: readonly RouterPlan[];
  climate: Climate;
  /** In order of time. */
  incidents: readonly Incident[];
  /** When everything is mended: whatever an incident broke, and whatever makes the hosts' configurations incompatible. */
  mendAt: Micros;
  /** Hosts that are not started again then. */
  absent: readonly number[];
  end: Micros;
}>;

export type RouterPlan = Readonly<{
  family: AddressFamily;
  /** By host. */
  settings: readonly Settings[];
}>;

/** What one host is told about one virtual router. */
export type Settings = Readonly<{
  vrid: number;
  version: VrrpVersion;
  priority: Priority;
  interval: Micros;
  /** `ADDRESS/LENGTH` */
  addresses: readonly string[];
  preemption: Preemption;
  /** VRRPv2 only. */
  password: string | null;
  checksum: ChecksumForm;
  unicast: boolean;
  announcement: Announcement;
  /** What `uplink0` being down takes from the priority; null: it is not tracked. */
  uplinkWeight: number | null;
}>;

/** How quick and how reliable everything is when nothing is wrong. All are longest times. */
export type Climate = Readonly<{
  /** Of a datagram, from one host to another. */
  delay: Micros;
  /** Of a timer. */
  lateness: Micros;
  /** Of a request to the kernel, and again of its answer. */
  kernel: Micros;
  /** Adverts wait to be read, as on hosts with hundreds of routers; default: only where there are so many. */
  unhurried?: boolean;
}>;

/** What happens to datagrams. Probabilities are of each datagram at each receiver. */
export type Weather = Readonly<{
  loss: number;
  duplication: number;
  /** Longest delay on top of the climate's; datagrams may overtake each other if it is not 0. */
  jitter: Micros;
}>;

export type Incident = Readonly<{ at: Micros }> & Happening;

type OnHost = Readonly<{ host: number }>;
type OfRouter = Readonly<{ host: number; router: number }>;
type Lasting = Readonly<{ lasts: Micros }>;

export type Happening =
  /** The VRRP process is killed. `rescued`: the control process lives and removes the addresses; else their lease has to end. */
  | (OnHost & Readonly<{ kind: 'crash'; rescued: boolean }>)
  /** Everything of the host is gone at once, its addresses included. */
  | (OnHost & Readonly<{ kind: 'powerOff' }>)
  | (OnHost & Readonly<{ kind: 'start' }>)
  /** SIGTERM. */
  | (OnHost & Readonly<{ kind: 'stop' }>)
  /** A second SIGTERM. */
  | (OnHost & Readonly<{ kind: 'hurry' }>)
  /** SIGSTOP, or a host that stands still: nothing of the process runs. */
  | (OnHost & Lasting & Readonly<{ kind: 'pause'; wakesBy: 'timer' | 'sockets' }>)
  /** One way. */
  | (Lasting & Readonly<{ kind: 'cut'; from: number; to: number }>)
  /** These hosts (or the client) are on one side and all others on the other side. */
  | (Lasting & Readonly<{ kind: 'partition'; side: readonly number[] }>)
  /** `carrier`: the interface stays up, without carrier. */
  | (OnHost & Lasting & Readonly<{ kind: 'linkDown'; carrier: boolean }>)
  | (OnHost & Lasting & Readonly<{ kind: 'uplinkDown' }>)
  /** The host's own address on the interface. */
  | (OnHost & Lasting & Readonly<{ kind: 'sourceGone' }>)
  | (Lasting & Readonly<{ kind: 'weather'; weather: Weather }>)
  /** The next so many datagrams of one host to another, as far as there are so many in that time. */
  | (Lasting & Readonly<{ kind: 'lose'; from: number; to: number; count: number }>)
  | (OnHost & Readonly<{ kind: 'wallClock'; step: number }>)
  /** What the control process says about a tracked object; `weight` null: out of the election while it fails. */
  | (OfRouter & Lasting & Readonly<{ kind: 'trackerFails'; weight: number | null }>)
  | (OfRouter & Readonly<{ kind: 'edit'; change: Partial<Settings> }>)
  | (OfRouter & Lasting & Readonly<{ kind: 'removed' }>)
  /** Somebody removes the virtual addresses from the interface. */
  | (OfRouter & Readonly<{ kind: 'addressesStolen' }>)
  | (OnHost & Lasting & Readonly<{ kind: 'refused'; what: 'send' | 'hold' | 'socket' }>)
  /** A socket fails and has to be opened anew. */
  | (OnHost & Readonly<{ kind: 'socketLost' }>)
  /** Somebody else on the LAN sends so many, one each `every`. */
  | (OfRouter & Readonly<{ kind: 'packet'; packet: Packet; times: number; every: Micros }>);

/** What a stranger sends to one host; see packets.ts. */
export type Packet =
  /** No router may believe it. */
  | Readonly<{ kind: 'malformed'; how: Malformation }>
  /** A correct advert. `from`: whose address it comes from. */
  | Readonly<{
      kind: 'forged';
      priority: Priority | 0;
      interval: Micros;
      from: 'stranger' | 'receiver' | 'peer';
    }>;

export const MALFORMATIONS = [
  'noise',
  'empty',
  'truncated',
  'checksum',
  'version',
  'type',
  'noAddresses',
  'tooManyAddresses',
  'trailer',
  'hopLimit',
  'intervalZero',
  'vrid',
  'fragment',
  'protocol',
  'wrongGroup',
  'multicastSource',
] as const;

export type Malformation = (typeof MALFORMATIONS)[number];

export type HappeningKind = Happening['kind'];

/** Kinds of happening, by what they do to a LAN in order: see properties/calm.ts. */
export const lastsOf = (happening: Happening): Micros =>
  'lasts' in happening
    ? happening.lasts
    : ((happening.kind === 'packet' ? happening.times * happening.every : 0) as Micros);
