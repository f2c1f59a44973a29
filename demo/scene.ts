import { Agent } from '../lab/agent.js';
import type { Host } from '../lab/host.js';
import type { Lab } from '../lab/lab.js';
import { Lan } from '../lab/lan.js';
import { Prober } from '../lab/prober.js';
import type { RouterProgram } from '../lab/router.js';
import { type DemoDocument } from './document.js';
import type { Narrator } from './narrator.js';
import { Visitor } from './visitor.js';
import { startWebServer } from './web-server.js';

/** Where the story plays: three hosts with nginx and an agent, and a client, on one segment. */
export type Scene = Readonly<{
  lab: Lab;
  lan: Lan;
  document: DemoDocument;
  edges: readonly Edge[];
  prober: Prober;
  visitor: Visitor;
}>;

export type Edge = Readonly<{ name: string; host: Host; router: RouterProgram }>;

/** Makes the router of a host; the demo itself takes {@link agentOn}. */
export type RouterMaker = (host: Host, document: DemoDocument) => RouterProgram;

export const agentOn: RouterMaker = (host, document) => {
  const agent = new Agent(host, []);
  agent.write(document.text);
  return agent;
};

/** Builds everything and lets the client begin; the routers are not started yet. */
export async function setScene(
  lab: Lab,
  document: DemoDocument,
  narrator: Narrator,
  makeRouter: RouterMaker,
): Promise<Scene> {
  const network = document.address.split('.').slice(0, 3).join('.');
  const lan = await Lan.create(lab, { ipv4: network });
  const hosts = await Promise.all(document.hosts.map((name, index) => lan.host(name, 11 + index)));
  const client = await lan.host('client', 200);
  await Promise.all(hosts.map(startWebServer));
  const edges = hosts.map((host) => ({ name: host.name, host, router: makeRouter(host, document) }));
  narrator.follow(lab.timeline, document.address, edges);
  const prober = await Prober.start(lan, client, document.address);
  const visitor = await Visitor.start(client, `http://${document.address}/`, (visit) => {
    narrator.visit(visit);
  });
  return { lab, lan, document, edges, prober, visitor };
}
