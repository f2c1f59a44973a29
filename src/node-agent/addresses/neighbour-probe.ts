import { bytesOf, familyOf } from '../../values/ip-address.js';
import { type MacAddress, macFromBytes } from '../../values/mac-address.js';
import type { AskNeighbours } from '../engine/ports.js';
import { type Netlink, type NetlinkMonitor, openNetlinkMonitor } from './netlink.js';
import {
  AF,
  Flag,
  MessageType,
  type NetlinkMessage,
  decodeAttributes,
  encodeAttribute,
} from './netlink-wire.js';

const RTNLGRP_NEIGH = 3;
/** The kernel asks three times, a second apart. */
const LONGEST_WAIT_MS = 3_500;

const NTF_USE = 0x01;
const NUD_NONE = 0;
const NUD_REACHABLE = 0x02;
const NUD_FAILED = 0x20;
const NDA_DST = 1;
const NDA_LLADDR = 2;

/** Who waits for the answer about one address. */
type Question = Readonly<{
  interfaceIndex: number;
  address: Uint8Array;
  answered: (mac: MacAddress | null) => void;
}>;

/**
 * Has the kernel resolve an address that this host does not have, by ARP or neighbour solicitation as for any packet,
 * and hears from its neighbour table who answered. So no packet has to be made, received or waited for here, and the
 * question is asked with the source address that the host would use anyway.
 */
export function createNeighbourProbe(netlink: Netlink): AskNeighbours {
  const questions = new Set<Question>();
  // One for all questions, and open only while there are any: hundreds may be asked at once, and a busy host's
  // neighbours are of no interest the rest of the time.
  let monitor: NetlinkMonitor | null = null;

  const heard = ({ type, body }: NetlinkMessage): void => {
    const neighbour = type === MessageType.newNeighbour ? decodeNeighbour(body) : null;
    if (neighbour === null || (neighbour.state !== NUD_REACHABLE && neighbour.state !== NUD_FAILED)) return;
    for (const { interfaceIndex, address, answered } of [...questions]) {
      if (neighbour.interfaceIndex !== interfaceIndex || !neighbour.isAbout(address)) continue;
      answered(neighbour.state === NUD_REACHABLE ? neighbour.mac : null);
    }
  };

  return (link, address) =>
    new Promise((resolve, reject) => {
      const question: Question = {
        interfaceIndex: link.index,
        address: bytesOf(address),
        answered: (mac) => {
          clearTimeout(timer);
          questions.delete(question);
          if (questions.size === 0) {
            monitor?.close();
            monitor = null;
          }
          resolve(mac);
        },
      };
      const timer = setTimeout(() => {
        question.answered(null);
      }, LONGEST_WAIT_MS);
      timer.unref();
      questions.add(question);
      monitor ??= openNetlinkMonitor([RTNLGRP_NEIGH], heard, () => undefined);
      const header = Buffer.alloc(12);
      header.writeUInt8(AF[familyOf(address)], 0);
      header.writeInt32LE(link.index, 4);
      header.writeUInt16LE(NUD_NONE, 8);
      header.writeUInt8(NTF_USE, 10);
      const body = Buffer.concat([header, encodeAttribute(NDA_DST, question.address)]);
      netlink
        .request([{ type: MessageType.newNeighbour, flags: Flag.create | Flag.replace, body }])
        .then(([code]) => {
          if (code !== null) question.answered(null);
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
