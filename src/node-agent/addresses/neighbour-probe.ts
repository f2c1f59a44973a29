import { bytesOf, familyOf } from '../../values/ip-address.js';
import { type MacAddress, macFromBytes } from '../../values/mac-address.js';
import type { AskNeighbours } from '../engine/ports.js';
import type { Netlink } from './netlink.js';
import { openNetlinkMonitor } from './netlink.js';
import { AF, Flag, MessageType, decodeAttributes, encodeAttribute } from './netlink-wire.js';

const RTNLGRP_NEIGH = 3;
/** The kernel asks three times, a second apart. */
const LONGEST_WAIT_MS = 3_500;

const NTF_USE = 0x01;
const NUD_NONE = 0;
const NUD_REACHABLE = 0x02;
const NUD_FAILED = 0x20;
const NDA_DST = 1;
const NDA_LLADDR = 2;

/**
 * Has the kernel resolve an address that this host does not have, by ARP or neighbour solicitation as for any packet,
 * and hears from its neighbour table who answered. So no packet has to be made, received or waited for here, and the
 * question is asked with the source address that the host would use anyway.
 */
export function createNeighbourProbe(netlink: Netlink): AskNeighbours {
  return (link, address) =>
    new Promise((resolve, reject) => {
      const monitor = openNetlinkMonitor(
        [RTNLGRP_NEIGH],
        ({ type, body }) => {
          if (type !== MessageType.newNeighbour) return;
          const neighbour = decodeNeighbour(body);
          if (neighbour?.interfaceIndex !== link.index || !neighbour.isAbout(bytesOf(address))) return;
          if (neighbour.state === NUD_REACHABLE) done(neighbour.mac);
          if (neighbour.state === NUD_FAILED) done(null);
        },
        () => undefined,
      );
      const timer = setTimeout(() => {
        done(null);
      }, LONGEST_WAIT_MS);
      timer.unref();
      function done(mac: MacAddress | null): void {
        clearTimeout(timer);
        monitor.close();
        resolve(mac);
      }
      const header = Buffer.alloc(12);
      header.writeUInt8(AF[familyOf(address)], 0);
      header.writeInt32LE(link.index, 4);
      header.writeUInt16LE(NUD_NONE, 8);
      header.writeUInt8(NTF_USE, 10);
      const body = Buffer.concat([header, encodeAttribute(NDA_DST, bytesOf(address))]);
      netlink
        .request([{ type: MessageType.newNeighbour, flags: Flag.create | Flag.replace, body }])
        .then(([code]) => {
          if (code !== null) done(null);
        }, reject);
    });
}

type Neighbour = Readonly<{
  interfaceIndex: number;
  state: number;
  mac: MacAddress | null;
  isAbout: (address: Uint8Array) => boolean;
}>;

/** A `struct ndmsg` with its attributes; null when it is cut short. */
function decodeNeighbour(body: Buffer): Neighbour | null {
  if (body.length < 12) return null;
  const attributes = decodeAttributes(body.subarray(12));
  const mac = attributes.get(NDA_LLADDR);
  return {
    interfaceIndex: body.readInt32LE(4),
    state: body.readUInt16LE(8),
    mac: mac?.length === 6 ? macFromBytes(mac) : null,
    isAbout: (address) => attributes.get(NDA_DST)?.equals(address) ?? false,
  };
}
