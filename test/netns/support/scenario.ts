import { test } from 'node:test';

import { Lab } from '../../../lab/lab.js';
import { wallClock } from '../../../lab/libc.js';
import { stallWatch } from '../../../lab/stall-watch.js';
import { takeSlot } from './slots.js';

/** Which program stands in the place of the implementation under test; keepalived proves the scenarios right. */
export const IUT = process.env['LAB_IUT'] === 'keepalived' ? 'keepalived' : 'agent';

export type ScenarioOptions = Readonly<{
  /** What only our agent has, so that keepalived cannot stand in. */
  agentOnly?: string;
  /** It loads the machine, so that nothing else is to be measured meanwhile. */
  alone?: boolean;
  /** What the machine lacks for it, as the end of a sentence; null: nothing. */
  unless?: string | null;
}>;

/** A scenario counts only if the machine did not stand still for so long meanwhile. Milliseconds; judge.ts allows 100. */
const STANDSTILL = 25;
const ATTEMPTS = 3;

/**
 * A test in a laboratory of its own. When it fails, the failure ends with the timeline. One that fails while the machine stood still says
 * nothing of the program: it is told, and begun anew.
 */
export function scenario(
  title: string,
  body: (lab: Lab) => Promise<void>,
  options: ScenarioOptions = {},
): void {
  const { agentOnly, alone = false, unless = null } = options;
  const instead = agentOnly !== undefined && IUT === 'keepalived' ? `keepalived has no ${agentOnly}` : false;
  const skip = unless === null ? instead : `SKIPPED on this machine: ${unless}`;
  test(title, { skip }, async (test) => {
    const watch = await stallWatch();
    const giveBack = await takeSlot(alone);
    try {
      for (let attempt = 1; ; attempt++) {
        const began = wallClock();
        const failure = await play(body);
        if (failure === null) return;
        const stood = watch.longest(began);
        if (stood < STANDSTILL || attempt === ATTEMPTS) throw failure;
        test.diagnostic(
          `begun anew, because the machine stood still for ${stood.toFixed(0)} ms: ${firstLine(failure)}`,
        );
      }
    } finally {
      giveBack();
    }
  });
}

/** Returns what went wrong; null: nothing. */
async function play(body: (lab: Lab) => Promise<void>): Promise<Error | null> {
  const lab = await Lab.open();
  try {
    await body(lab);
    return null;
  } catch (error) {
    return withTimeline(error, lab);
  } finally {
    await lab.close();
  }
}

const firstLine = ({ message }: Error): string => message.split('\n', 1)[0] ?? '';

function withTimeline(error: unknown, lab: Lab): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error.name === 'NotInTime') return error;
  return new Error(`${error.message}\n${lab.timeline.print(150)}`, { cause: error });
}
