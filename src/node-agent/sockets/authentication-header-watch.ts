import { fromMillis } from '../../values/time.js';
import { HostError } from '../../platform/errors.js';
import type { Datagram, Link, Receive } from '../engine/ports.js';
import { VRRP_GROUP } from '../vrrp/protocol-numbers.js';
import type { DatagramReader } from './datagram-reader.js';
import type { Libc } from './libc.js';
import { type RawSocket, openRawSocket } from './raw-socket.js';
import { ipSocketAddress } from './socket-address.js';
import { bindToLink, joinVrrpGroup } from './vrrp-group.js';

const AUTHENTICATION_HEADER = 51;
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
  receive: Receive,
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
      receive(datagram, fromMillis(0));
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
    bindToLink(libc, socket.descriptor, link);
    libc.bind(socket.descriptor, ipSocketAddress(VRRP_GROUP.IPv4, link.index));
    joinVrrpGroup(libc, socket.descriptor, link, 'IPv4');
  } catch (error) {
    giveUp(error);
  }
  return close;
}
