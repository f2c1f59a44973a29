import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Role, type Scenario, type Subject, vridsByInterface } from './plan.js';

/*
 * The programs with the same virtual routers each: VRRPv3 over IPv4, one address each, an advert per second.
 */

/** LAB_AGENT names another build, e.g. to compare two. */
const AGENT = process.env['LAB_AGENT'] ?? fileURLToPath(new URL('../../bin/kube-vrrp', import.meta.url));

/** 255: the owner, who does not wait for others. */
const PRIORITY: Readonly<Record<Role, number>> = { Active: 255, Backup: 100 };
/** Of the router that keeps the measured one a Backup. */
const STRONGER = 255;

export type Router = Readonly<{
  name: string;
  interface: string;
  vrid: number;
  priority: number;
  address: string;
}>;

/** How a program is started, and by which lines it tells that one more router has its role. */
export type CommandLine = Readonly<{
  argv: readonly string[];
  environment: Readonly<Record<string, string>>;
  tells: RegExp;
}>;

/** The routers of the measured program. */
export const routersOf = (scenario: Scenario): readonly Router[] =>
  routers(scenario, PRIORITY[scenario.role]);

/** The same routers on the other side of the segments. */
export const strongerRouters = (scenario: Scenario): readonly Router[] => routers(scenario, STRONGER);

const routers = (scenario: Scenario, priority: number): readonly Router[] =>
  vridsByInterface(scenario).flatMap((vrids, index) =>
    vrids.map((vrid) => ({
      name: `v${String(index)}-${String(vrid)}`,
      interface: `eth${String(index)}`,
      vrid,
      priority,
      address: `198.19.${String(index)}.${String(vrid)}/32`,
    })),
  );

/** Writes what the program needs into `folder`, which it sees as /run. */
export function commandLine(
  subject: Subject,
  role: Role,
  all: readonly Router[],
  folder: string,
): CommandLine {
  if (subject === 'keepalived') return keepalived(role, all, folder);
  const standalone = join(folder, 'virtual-ips.yaml');
  if (subject === 'standalone') writeFileSync(standalone, all.map(virtualIP).join('---\n'));
  if (!existsSync(AGENT)) throw new Error(`there is no ${AGENT}: run "make build" first`);
  const source = subject === 'standalone' ? ['--standalone', standalone] : [];
  return {
    argv: [AGENT, 'agent', ...source, '--state-dir', join(folder, 'state'), '--log-format', 'json'],
    environment: { NODE_NAME: NODE, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: API_PORT },
    tells: new RegExp(`"to":"${role}"`),
  };
}

/** What the API server of the cluster knows. */
export const NODE = 'edge-1';
export const API_PORT = '6443';

export const virtualRouter = (router: Router): unknown => ({
  apiVersion: 'kube-vrrp.io/v1alpha1',
  kind: 'VirtualRouter',
  metadata: { name: router.name, labels: { [`member.kube-vrrp.io/${NODE}`]: '' } },
  spec: {
    virtualIP: router.name,
    family: 'IPv4',
    vrid: router.vrid,
    addresses: [router.address],
    members: [{ node: NODE, priority: router.priority, interface: router.interface }],
  },
});

const virtualIP = ({ name, vrid, priority, address, ...router }: Router): string => `
apiVersion: kube-vrrp.io/v1alpha1
kind: VirtualIP
metadata: {name: ${name}}
spec: {addresses: [${address}], vrid: ${String(vrid)}, priority: ${String(priority)}, interface: ${router.interface}}
`;

function keepalived(role: Role, all: readonly Router[], folder: string): CommandLine {
  const file = (name: string): string => join(folder, name);
  for (const name of ['main.pid', 'vrrp.pid']) rmSync(file(name), { force: true });
  writeFileSync(file('keepalived.conf'), `global_defs {\n}\n${all.map(instance).join('')}`);
  return {
    argv: [
      ...['keepalived', '-n', '-l', '-P', '-f', file('keepalived.conf')],
      ...['-p', file('main.pid'), '-r', file('vrrp.pid')],
    ],
    environment: {},
    tells: role === 'Active' ? /Entering MASTER STATE/ : /Entering BACKUP STATE/,
  };
}

const instance = (router: Router): string => `
vrrp_instance ${router.name} {
  state ${router.priority === STRONGER ? 'MASTER' : 'BACKUP'}
  interface ${router.interface}
  version 3
  virtual_router_id ${String(router.vrid)}
  priority ${String(router.priority)}
  advert_int 1
  virtual_ipaddress {
    ${router.address}
  }
}
`;
