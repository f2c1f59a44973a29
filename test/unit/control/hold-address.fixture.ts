import { release } from 'node:os';
import { createAddressTable } from '../../../src/node-agent/addresses/address-table.js';
import { openHostNetwork } from '../../../src/node-agent/addresses/host-network.js';
import { openNetlink } from '../../../src/node-agent/addresses/netlink.js';
import { createOwnership, keepsAddressProtocol } from '../../../src/node-agent/addresses/ownership.js';
import { parsePrefix } from '../../../src/values/prefix.js';

/* Run as a program, INTERFACE PREFIX: puts an address on an interface as a VRRP process would, for a minute, and ends. */

const [name = '', text = ''] = process.argv.slice(2);
const netlink = openNetlink();
const network = await openHostNetwork(netlink, createOwnership(keepsAddressProtocol(release())));
const link = network.links().find((candidate) => candidate.name === name);
const prefix = parsePrefix(text);
if (link === undefined || !prefix.ok) throw new Error(`cannot put ${text} on ${name}`);
await createAddressTable(netlink, network).hold(link.index, [prefix.value], { seconds: 60 });
network.close();
netlink.close();
