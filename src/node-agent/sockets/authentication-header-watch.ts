import { HostError } from '../../platform/errors.js';
import { bytesOf } from '../../values/ip-address.js';
import type { Datagram, Link } from '../engine/ports.js';
import { VRRP_GROUP } from '../vrrp/protocol-numbers.js';
import type { DatagramReader } from './datagram-reader.js';
import { type Libc, SOL_SOCKET } from './libc.js';
import { type RawSocket, openRawSocket } from './raw-socket.js';
import { ipSocketAddress } from './socket-address.js';

const AUTHENTICATION_HEADER = 51;
const SO_BINDTODEVICE = 25;
const IPPROTO_IP = 0;
const IP_ADD_MEMBERSHIP = 35;
const MAX_DATAGRAMS_PER_TURN = 16;

/**
 * Listens for adverts behind an Authentication Header, which sockets of protocol 112 never see: without it a peer that
 * uses AH, and holds the addresses as well, would not leave a trace. Bound to the VRRP group, so that IPsec traffic of
 * this host does not come by. Gives what closes it; does nothing where the host refuses.
 */
export function watchAuthenticationHeaders(
  libc: Libc,
  reader: DatagramReader,
  link: Link,
  receive: (datagram: Datagram) => void,
): () => void {
  let socket: RawSocket | null = null;
  const close = (): void => {
    socket?.close();
    socket = null;
  };
  const giveUp = (error: unknown): void => {
    close();
    if (!(error instanceof HostError)) throw error;
  };
  const read = (): void => {
    for (let count = 0; socket !== null && count < MAX_DATAGRAMS_PER_TURN; count++) {
      const datagram = next(socket);
      if (datagram === null) return;
      receive(datagram);
    }
  };
  const next = ({ descriptor }: RawSocket): Datagram | null => {
    try {
      return reader.read(descriptor, 'IPv4', link.index);
    } catch (error) {
      giveUp(error);
      return null;
    }
  };
  try {
    socket = openRawSocket(libc, { family: 'IPv4', protocol: AUTHENTICATION_HEADER }, read, close);
    const device = Buffer.from(`${link.name}\0`);
    libc.setOption(socket.descriptor, SOL_SOCKET, SO_BINDTODEVICE, device, 'SO_BINDTODEVICE');
    libc.bind(socket.descriptor, ipSocketAddress(VRRP_GROUP.IPv4, link.index));
    const membership = Buffer.alloc(12);
    membership.set(bytesOf(VRRP_GROUP.IPv4));
    membership.writeInt32LE(link.index, 8);
    libc.setOption(socket.descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, 'IP_ADD_MEMBERSHIP');
  } catch (error) {
    giveUp(error);
  }
  return close;
}
