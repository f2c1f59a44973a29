import { Lab } from '../lab/lab.js';
import { wallClock } from '../lab/libc.js';
import { demoDocument } from './document.js';
import { Narrator } from './narrator.js';
import { type Outcome, formatOutcomes } from './outcome.js';
import { type RouterMaker, agentOn, setScene } from './scene.js';
import { play, story } from './story.js';

const EXAMPLE = 'examples/standalone/vip.yaml';

/**
 * Plays the story and prints it; resolves with whether every step did what it should. When `interrupted` rejects, the
 * scene is cleared and the rejection passed on.
 */
export async function demo(interrupted: Promise<never>, makeRouter: RouterMaker = agentOn): Promise<boolean> {
  const lab = await Lab.open();
  try {
    return await Promise.race([tell(lab, makeRouter), interrupted]);
  } finally {
    await lab.close();
  }
}

async function tell(lab: Lab, makeRouter: RouterMaker): Promise<boolean> {
  const write = (line: string): void => {
    console.log(line);
  };
  const document = demoDocument(EXAMPLE);
  write(
    `Three hosts, one address: ${document.address}, as ${EXAMPLE} asks for it. Each host has nginx and an agent.`,
  );
  write('A client pings the address every millisecond and fetches a page from it all the time.\n');
  const narrator = new Narrator(wallClock(), write);
  const scene = await setScene(lab, document, narrator, makeRouter);
  const outcomes: Outcome[] = [];
  for (const step of story(scene)) {
    if (outcomes.length > 0) write('');
    const outcome = await play(scene, step, narrator);
    outcomes.push(outcome);
    if (outcome.faults.length > 0) write(`\nNot right. The last events:\n${lab.timeline.print(60)}`);
  }
  const good = outcomes.every(({ faults }) => faults.length === 0);
  write(`\n${formatOutcomes(outcomes)}\n`);
  write(good ? 'Every step did what it should.' : 'Not every step did what it should.');
  return good;
}
