import { type AddressFamily, type IpAddress, familyOf, ipAddress } from '../../values/ip-address.js';
import { HostError } from '../../platform/errors.js';
import type { AdvertSocket, AdvertSockets, Link, Receive } from '../engine/ports.js';
import { watchAuthenticationHeaders } from './authentication-header-watch.js';
import { type DatagramReader, createDatagramReader } from './datagram-reader.js';
import { type Herald, MOST_HERALD_INSTRUCTIONS, openHerald } from './herald.js';
import { type Libc, SOL_SOCKET } from './libc.js';
import { type AttachFilter, createFilterAttacher } from './packet-filter.js';
import { type RawSocket, openRawSocket } from './raw-socket.js';
import { ipSocketAddress } from './socket-address.js';
import { identifyIPv4Packet, ipv4Header, ipv6Header, nextIdentification } from '../vrrp/ip-header.js';
import { bindToLink, joinVrrpGroup } from './vrrp-group.js';

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;

const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SO_TIMESTAMPNS = 35;
const IP_HDRINCL = 3;
const IP_MULTICAST_LOOP = 34;
const IP_MULTICAST_ALL = 49;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_MULTICAST_ALL = 29;
const IPV6_HDRINCL = 36;
const IPV6_RECVPKTINFO = 49;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_FREEBIND = 78;
const IPV6_ANY = ipAddress('::');

/** An advert occupies up to about 2 KiB of it; four bursts of 255 routers. */
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;
const NO_DESCRIPTOR = -1;
/** Then the event loop gets its turn, so that a flood does not stop the timers. */
const MAX_DATAGRAMS_PER_TURN = 512;
/** More than come in while a socket is made; a flood on the interface itself does not hold the start up for longer. */
const MAX_EARLIER_DATAGRAMS = 4096;

/**
 * Protocol-112 sockets, each bound to its interface and a member of the VRRP group there, with IP_MULTICAST_ALL off: otherwise
 * a raw socket hears every group that any process joined on any interface.
 */
export function createAdvertSockets(libc: Libc): AdvertSockets {
  const reader = createDatagramReader(libc);
  const attach = createFilterAttacher(libc, MOST_HERALD_INSTRUCTIONS);
  return {
    open: (link, family, receive, failed) => {
      const socket = openAdvertSocket({ libc, reader, attach }, link, family, { receive, failed });
      if (family === 'IPv6') return socket;
      const unwatch = watchAuthenticationHeaders(libc, reader, link, receive);
      return {
        ...socket,
        close: () => {
          unwatch();
          socket.close();
        },
      };
    },
  };
}

function openAdvertSocket(
  means: Readonly<{ libc: Libc; reader: DatagramReader; attach: AttachFilter }>,
  link: Link,
  family: AddressFamily,
  { receive, failed }: Readonly<{ receive: Receive; failed: (error: Error) => void }>,
): AdvertSocket {
  const { libc, reader } = means;
  let open = true;

  /** Whether it was all that waited. */
  const read = (): boolean => {
    try {
      for (let count = 0; open && count < MAX_DATAGRAMS_PER_TURN; count++) {
        const datagram = reader.read(socket.descriptor, family, link.index);
        if (datagram === null) return true;
        receive(datagram, reader.waited());
      }
      return !open;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      failed(error);
      return true;
    }
  };
  const herald = openHerald(means, link, family, { called: read, failed });
  const socket = openAfter(herald, () => openRawSocket(libc, { family }, read, failed));
  const close = (): void => {
    if (!open) return;
    open = false;
    socket.close();
    herald.close();
  };
  try {
    configure(libc, socket.descriptor, link, family);
    // Until it was bound, the socket heard every interface on which somebody is a member of the group.
    for (let count = 0; count < MAX_EARLIER_DATAGRAMS; count++)
      if (reader.read(socket.descriptor, family, link.index) === null) break;
  } catch (error) {
    close();
    throw error;
  }

  return {
    send: sender(libc, socket.descriptor, link, family),
    heed: (vrids) => {
      socket.watch(!isCalledFor(herald, vrids) || vrids === null);
    },
    drain: read,
    close,
  };
}

function openAfter(herald: Herald, open: () => RawSocket): RawSocket {
  try {
    return open();
  } catch (error) {
    herald.close();
    throw error;
  }
}

/** Whether the herald does as it should; without it, everything has to be read as it comes. */
function isCalledFor(herald: Herald, vrids: ReadonlySet<number> | null): boolean {
  try {
    herald.callFor(vrids);
    return true;
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

/** Sockets that do all that sending takes and have no descriptor, so that the kernel refuses each datagram: for rehearsals. */
export const createMuteSockets = (libc: Libc): AdvertSockets => ({
  open: (link, family) => ({
    send: sender(libc, NO_DESCRIPTOR, link, family),
    heed: () => undefined,
    drain: () => true,
    close: () => undefined,
  }),
});

function sender(libc: Libc, descriptor: number, link: Link, family: AddressFamily): AdvertSocket['send'] {
  let identification = 0;
  const packets = new PacketMemory(link.index);
  return (message, source, destination) => {
    const { packet, to } = packets.packetOf(message, source, destination);
    if (family === 'IPv4') {
      identification = nextIdentification(identification);
      identifyIPv4Packet(packet, identification);
    }
    try {
      libc.sendTo(descriptor, packet, to);
    } catch (error) {
      if (family !== 'IPv6' || !(error instanceof HostError) || error.code !== 'EADDRNOTAVAIL') throw error;
      sendFrom(libc, descriptor, packet, ipSocketAddress(source, link.index), to);
    }
  };
}

/**
 * Before it sends, the kernel chooses a source address, although the packet has one already, and finds none on an
 * interface without IPv6 addresses: the macvlan of a virtual MAC, when the first advert goes out. A bound socket spares
 * it the choice. It is bound for this packet only: a bound one does not hear unicast to the host's other addresses.
 */
function sendFrom(
  libc: Libc,
  descriptor: number,
  packet: Uint8Array,
  source: Uint8Array,
  destination: Uint8Array,
): void {
  libc.setOption(descriptor, IPPROTO_IPV6, IPV6_FREEBIND, 1, 'IPV6_FREEBIND');
  libc.bind(descriptor, source);
  try {
    libc.sendTo(descriptor, packet, destination);
  } finally {
    libc.bind(descriptor, ipSocketAddress(IPV6_ANY, 0));
  }
}

type Sent = Readonly<{ source: IpAddress; destination: IpAddress; packet: Uint8Array; to: Uint8Array }>;

/** A router sends the same message again and again: its packet and its `struct sockaddr` are made once. */
class PacketMemory {
  readonly #sent = new WeakMap<Uint8Array, Sent>();

  constructor(private readonly interfaceIndex: number) {}

  packetOf(message: Uint8Array, source: IpAddress, destination: IpAddress): Sent {
    const known = this.#sent.get(message);
    if (known?.source === source && known.destination === destination) return known;
    const made: Sent = {
      source,
      destination,
      packet: withHeader(message, source, destination),
      to: ipSocketAddress(destination, this.interfaceIndex),
    };
    this.#sent.set(message, made);
    return made;
  }
}

/** `message` behind the IP header of its family, in one piece. An IPv4 packet has no identification yet. */
function withHeader(message: Uint8Array, source: IpAddress, destination: IpAddress): Uint8Array {
  const header =
    familyOf(source) === 'IPv4'
      ? ipv4Header(source, destination, message.length, 1)
      : ipv6Header(source, destination, message.length);
  const packet = new Uint8Array(header.length + message.length);
  packet.set(header);
  packet.set(message, header.length);
  return packet;
}

function configure(libc: Libc, descriptor: number, link: Link, family: AddressFamily): void {
  const set = (level: number, option: number, value: number | Uint8Array, name: string): void => {
    libc.setOption(descriptor, level, option, value, name);
  };
  try {
    set(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES, 'SO_RCVBUFFORCE');
  } catch {
    // Without CAP_NET_ADMIN: as much as net.core.rmem_max allows.
    set(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES, 'SO_RCVBUF');
  }
  set(SOL_SOCKET, SO_TIMESTAMPNS, 1, 'SO_TIMESTAMPNS');
  bindToLink(libc, descriptor, link);
  if (family === 'IPv4') {
    set(IPPROTO_IP, IP_HDRINCL, 1, 'IP_HDRINCL');
    set(IPPROTO_IP, IP_MULTICAST_LOOP, 0, 'IP_MULTICAST_LOOP');
    set(IPPROTO_IP, IP_MULTICAST_ALL, 0, 'IP_MULTICAST_ALL');
    joinVrrpGroup(libc, descriptor, link, family);
    return;
  }
  set(IPPROTO_IPV6, IPV6_HDRINCL, 1, 'IPV6_HDRINCL');
  set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, 'IPV6_RECVHOPLIMIT');
  set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, 'IPV6_RECVPKTINFO');
  set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, 'IPV6_MULTICAST_LOOP');
  setMulticastAllIPv6(libc, descriptor);
  joinVrrpGroup(libc, descriptor, link, family);
}

function setMulticastAllIPv6(libc: Libc, descriptor: number): void {
  try {
    libc.setOption(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, 'IPV6_MULTICAST_ALL');
  } catch (error) {
    // Linux before 4.20; the bound device still keeps other interfaces out.
    if (!(error instanceof HostError) || error.code !== 'ENOPROTOOPT') throw error;
  }
}
