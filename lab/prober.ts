import { bytesOf, familyOf, ipAddress } from '../src/values/ip-address.js';
import type { Host } from './host.js';
import type { Lan } from './lan.js';
import { PacedSender } from './paced-sender.js';
import type { CapturedFrame } from './pcap.js';
import type { Program } from './program.js';
import { startTcpdump } from './tcpdump.js';

/** An echo reply that reached the client. */
export type Reply = Readonly<{
  /** Which request it answers, counted from 0. */
  number: number;
  sentAt: number;
  receivedAt: number;
  /** The Ethernet address it came from. */
  mac: string;
}>;

/** What a client of the address saw between two instants. */
export type ProbeReport = Readonly<{
  sent: number;
  lost: number;
  /**
   * The longest time in which requests were sent and no reply came, in milliseconds; the edges of the span count. That the
   * prober itself stood still, because its machine did, is nobody's gap.
   */
  longestGap: number;
  /** Who answered, in order, each change once: names of hosts, or Ethernet addresses that are nobody's own. */
  answeredBy: readonly string[];
}>;

/** Replies of one prober are told from those of another by an identifier. */
let probers = 0;

/** The longest run that is kept: ten minutes at 1000 requests per second. */
const CAPACITY = 600_000;

/** A client that sends an echo request to an address each millisecond and notes each reply as its interface saw it. */
export class Prober {
  readonly #replies = new Map<number, Reply>();

  private constructor(
    readonly lan: Lan,
    readonly client: Host,
    readonly sender: PacedSender,
    readonly tcpdump: Program,
    replies: Map<number, Reply>,
  ) {
    this.#replies = replies;
  }

  static async start(lan: Lan, client: Host, address: string, perSecond = 1000): Promise<Prober> {
    const parsed = ipAddress(address);
    const family = familyOf(parsed);
    const identifier = 0x4b00 + (++probers & 0xff);
    const replies = new Map<number, Reply>();
    let sender: PacedSender | null = null;
    const filter =
      family === 'IPv4' ? `icmp[0] = 0 and src ${address}` : `icmp6 and ip6[40] = 129 and src ${address}`;
    const argv = ['-i', 'eth0', '-Q', 'in', filter];
    const tcpdump = await startTcpdump(lan.lab, client.namespace, argv, (frame) => {
      const reply = decodeReply(frame, family, identifier);
      if (reply !== null && !replies.has(reply.number))
        replies.set(reply.number, { ...reply, sentAt: sender?.sentAt(reply.number) ?? Number.NaN });
    });
    const what = { kind: 'echo', family, destination: bytesOf(parsed), identifier } as const;
    sender = await PacedSender.start({ namespace: client.namespace.name, perSecond, what }, CAPACITY);
    const running = sender;
    lan.lab.defer(() => running.stop());
    return new Prober(lan, client, sender, tcpdump, replies);
  }

  /** The replies so far, in the order in which they came; the last ones may be under way still. */
  replies(): readonly Reply[] {
    return [...this.#replies.values()].sort((left, right) => left.receivedAt - right.receivedAt);
  }

  /** The longest time in `[from, to]` in which the client sent nothing: how far it stood still itself. */
  longestPause(from: number, to: number): number {
    const sent = this.#sentTimes(from, to);
    return [...sent, to].reduce((longest, at, index) => Math.max(longest, at - (sent[index - 1] ?? from)), 0);
  }

  /** Stops asking, waits `grace` milliseconds for late replies, and reports on the whole run. */
  async stop(grace = 200): Promise<ProbeReport> {
    await this.sender.stop();
    await this.lan.lab.passTime(grace, 'the last replies come in');
    // What tcpdump still buffers it writes when it is told to end.
    this.tcpdump.signal('SIGINT');
    await new Promise((resolve) => this.tcpdump.child.once('close', resolve));
    return this.report();
  }

  /** What the client saw of the requests that were sent in `[from, to]`; complete only after {@link stop}. */
  report(from = 0, to = Number.MAX_VALUE): ProbeReport {
    const sent: number[] = [];
    const seen: Reply[] = [];
    for (let number = 0; number < this.sender.sent + this.sender.refused; number++) {
      const at = this.sender.sentAt(number);
      if (at < from || at > to) continue;
      sent.push(at);
      const reply = this.#replies.get(number);
      if (reply !== undefined) seen.push(reply);
    }
    seen.sort((left, right) => left.receivedAt - right.receivedAt);
    const names = seen.map(({ mac }) => this.lan.hostOf(mac)?.name ?? mac);
    return {
      sent: sent.length,
      lost: sent.length - seen.length,
      longestGap: longestGap(
        sent,
        seen.map(({ receivedAt }) => receivedAt),
      ),
      answeredBy: names.filter((name, index) => name !== names[index - 1]),
    };
  }

  #sentTimes(from: number, to: number): number[] {
    const count = this.sender.sent + this.sender.refused;
    return Array.from({ length: count }, (_, number) => this.sender.sentAt(number)).filter(
      (at) => at >= from && at <= to,
    );
  }
}

/** The longest time from a request to the next reply, where that is the first one since the reply before; all ascending. */
export function longestGap(sent: readonly number[], received: readonly number[]): number {
  const end = sent.at(-1) ?? 0;
  let longest = 0;
  let next = 0;
  let previous = sent[0] ?? 0;
  for (const instant of [...received, end]) {
    while ((sent[next] ?? Infinity) < previous) next++;
    const asked = sent[next];
    if (asked !== undefined) longest = Math.max(longest, instant - Math.max(previous, asked));
    previous = Math.max(previous, instant);
  }
  return longest;
}

const ETHERNET = 14;

function decodeReply(
  { at, bytes }: CapturedFrame,
  family: 'IPv4' | 'IPv6',
  identifier: number,
): Omit<Reply, 'sentAt'> | null {
  const echo = bytes.subarray(ETHERNET + (family === 'IPv4' ? ((bytes[ETHERNET] ?? 0) & 15) * 4 : 40));
  if (echo.length < 12 || echo.readUInt16BE(4) !== identifier) return null;
  const mac = Array.from(bytes.subarray(6, 12), (octet) => octet.toString(16).padStart(2, '0')).join(':');
  return { number: echo.readUInt32BE(8), receivedAt: at, mac };
}
