import koffi from 'koffi';

import type { Host } from '../lab/host.js';
import type { Lan } from '../lab/lan.js';
import { portName } from '../lab/lan.js';
import { close, inNamespace } from '../lab/libc.js';

const libc = koffi.load('libc.so.6');
const cSocket = libc.func('int socket(int domain, int type, int protocol)');
const cSend = libc.func('intptr_t send(int fd, const void *data, size_t size, int flags)');
const cReceive = libc.func('intptr_t recv(int fd, _Out_ void *data, size_t size, int flags)');

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const RTM_SETLINK = 19;
const NLM_F_REQUEST_ACK = 1 | 4;
const NLMSG_ERROR = 2;
const AF_BRIDGE = 7;
const IFF_UP = 1;
const IFLA_PROTINFO_NESTED = 12 | 0x8000;
const IFLA_BRPORT_ISOLATED = 33;

/**
 * The ports of a segment, switched within the call. The laboratory runs `ip` and `nft` for that, which take some
 * milliseconds to start: too long where a takeover takes thirty.
 */
export class SwitchPorts {
  readonly #fd: number;

  private constructor(
    lan: Lan,
    private readonly indices: ReadonlyMap<string, number>,
  ) {
    // A socket stays in the namespace in which it was made.
    this.#fd = inNamespace(
      lan.namespace.name,
      () => cSocket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE) as number,
    );
    if (this.#fd < 0) throw new Error('no netlink socket');
    lan.lab.defer(() => {
      close(this.#fd);
      return Promise.resolve();
    });
  }

  static async of(lan: Lan): Promise<SwitchPorts> {
    const links = JSON.parse(await lan.namespace.ip(['-j', 'link'])) as { ifname: string; ifindex: number }[];
    return new SwitchPorts(lan, new Map(links.map(({ ifname, ifindex }) => [ifname, ifindex])));
  }

  /** The host's interface loses its carrier. `port`: the segment's end of it, when it is not the host's port. */
  cut(host: Host, port = portName(host)): void {
    this.#set(port, linkMessage(0, this.#index(port), { flags: 0, change: IFF_UP }));
  }

  /** Isolated ports do not reach each other, only the ones that are not. */
  isolate(host: Host, isolated: boolean): void {
    const port = portName(host);
    const attributes = nested(IFLA_PROTINFO_NESTED, attribute(IFLA_BRPORT_ISOLATED, isolated ? 1 : 0));
    this.#set(port, linkMessage(AF_BRIDGE, this.#index(port), { attributes }));
  }

  #index(port: string): number {
    const index = this.indices.get(port);
    if (index === undefined) throw new Error(`the segment has no port ${port}`);
    return index;
  }

  /** The kernel carries a request out while it is sent; the answer only tells whether it did. */
  #set(port: string, message: Buffer): void {
    cSend(this.#fd, message, message.length, 0);
    const answer = Buffer.alloc(1024);
    const size = cReceive(this.#fd, answer, answer.length, 0) as number;
    const code = size >= 20 && answer.readUInt16LE(4) === NLMSG_ERROR ? answer.readInt32LE(16) : -1;
    if (code !== 0) throw new Error(`port ${port} cannot be switched: errno ${String(-code)}`);
  }
}

type LinkChange = Readonly<{ flags?: number; change?: number; attributes?: Buffer }>;

/** struct nlmsghdr, struct ifinfomsg, attributes. */
function linkMessage(family: number, index: number, change: LinkChange): Buffer {
  const { attributes = Buffer.alloc(0) } = change;
  const message = Buffer.alloc(32);
  message.writeUInt32LE(32 + attributes.length, 0);
  message.writeUInt16LE(RTM_SETLINK, 4);
  message.writeUInt16LE(NLM_F_REQUEST_ACK, 6);
  message.writeUInt32LE(1, 8);
  message.writeUInt8(family, 16);
  message.writeInt32LE(index, 20);
  message.writeUInt32LE(change.flags ?? 0, 24);
  message.writeUInt32LE(change.change ?? 0, 28);
  return Buffer.concat([message, attributes]);
}

/** An attribute of one octet, padded to four. */
const attribute = (type: number, value: number): Buffer => {
  const octets = Buffer.alloc(8);
  octets.writeUInt16LE(5, 0);
  octets.writeUInt16LE(type, 2);
  octets.writeUInt8(value, 4);
  return octets;
};

function nested(type: number, content: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + content.length, 0);
  head.writeUInt16LE(type, 2);
  return Buffer.concat([head, content]);
}
