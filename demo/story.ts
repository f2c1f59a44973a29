import { holders, overlap } from '../lab/address-watch.js';
import { eventually } from '../lab/eventually.js';
import { wallClock } from '../lab/libc.js';
import { type Limits, type Outcome, faults, summary } from './outcome.js';
import type { Narrator } from './narrator.js';
import type { Edge, Scene } from './scene.js';

/** One thing that happens to the hosts, and what has to come of it. */
export type Step = Readonly<{
  name: string;
  /** What is done, as the heading of the step. */
  told: string;
  act: (scene: Scene) => Promise<unknown>;
  /** Who has the address afterwards, and nobody else. */
  holder: string;
  limits: Limits;
}>;

/** How long the client goes on watching after each step, in milliseconds. */
const AFTERWARDS = 1000;

/** A step that has not come to its end after so many milliseconds never will. */
const PATIENCE = 15_000;

/** Replies that are still on their way are not lost. */
const GRACE = 100;

/** The whole story: start, crash, return, planned move, and a crash of the program alone. */
export function story(scene: Scene): readonly Step[] {
  const { lan, document } = scene;
  const [first, second, third] = scene.edges as [Edge, Edge, Edge];
  // A takeover after silence: at most the down interval from the last advert, plus what a busy machine needs.
  const crash = document.downInterval + 400;
  return [
    {
      name: 'start',
      told: `the agents start on all three hosts; ${first.name} has the highest priority`,
      act: () => Promise.all(scene.edges.map(({ router }) => router.start())),
      holder: first.name,
      // A host whose agent comes up well before the first one's has the address for a moment.
      limits: { gap: document.downInterval + 5000, lost: null, twoHolders: 200 },
    },
    {
      name: 'crash',
      told: `the cable of ${first.name} is cut`,
      act: () => lan.cut(first.host),
      holder: second.name,
      limits: { gap: crash, lost: null, twoHolders: 1500 },
    },
    {
      name: 'return',
      told: `the cable of ${first.name} is whole again; it preempts ${second.name}`,
      act: () => lan.restore(first.host),
      holder: first.name,
      limits: { gap: 200, lost: 100, twoHolders: 200 },
    },
    {
      name: 'SIGTERM',
      told: `the agent on ${first.name} is asked to stop, as for an upgrade`,
      act: () => first.router.terminate(),
      holder: second.name,
      limits: { gap: 200, lost: 0, twoHolders: 1500 },
    },
    {
      name: 'SIGKILL',
      told: `all processes of the agent on ${second.name} are killed; its nginx and its cable are well`,
      act: () => second.router.kill(),
      holder: third.name,
      limits: { gap: crash, lost: null, twoHolders: 1500 },
    },
  ];
}

/** Plays one step and measures it. What does not happen at all is a fault of the outcome, not an exception. */
export async function play(scene: Scene, step: Step, narrator: Narrator): Promise<Outcome> {
  const { lab, document, prober, visitor } = scene;
  const since = wallClock();
  const heldBefore = holders(lab.timeline, document.address);
  narrator.tell(since, '--', `${step.name}: ${step.told}`);
  const late = await settle(scene, step);
  await lab.passTime(AFTERWARDS, 'the client goes on watching');
  const until = wallClock() - GRACE;
  const { sent, lost, longestGap } = prober.report(since, until);
  const measured = {
    name: step.name,
    moved: [heldBefore.join('+') || 'nobody', holders(lab.timeline, document.address).join('+') || 'nobody'],
    sent,
    lost,
    gap: longestGap,
    twoHolders: overlap(lab.timeline, document.address, since, until),
    visitsFailed: visitor.between(since, until).filter(({ answer }) => answer === null).length,
  } as const;
  narrator.tell(until, 'client', summary(measured));
  return { ...measured, faults: [...late, ...faults(measured, step.limits)] };
}

/** Acts and waits until the address is where it belongs and the client hears it from there. */
async function settle(scene: Scene, step: Step): Promise<string[]> {
  const { lab, document, visitor } = scene;
  const held = (): string => holders(lab.timeline, document.address).join(' and ');
  try {
    await step.act(scene);
    await eventually(lab.timeline, 'the address is where it belongs', PATIENCE, () => held() === step.holder);
    await eventually(
      lab.timeline,
      'the client hears it',
      PATIENCE,
      () => visitor.last?.answer === step.holder,
    );
    return [];
  } catch (error) {
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return [
      `${step.holder} should hold the address and answer, but ${held() || 'nobody'} holds it and ` +
        `${visitor.last?.answer ?? 'nobody'} answers (${problem})`,
    ];
  }
}
