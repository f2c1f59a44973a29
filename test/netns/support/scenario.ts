import { test } from 'node:test';

import { Lab } from '../../../lab/lab.js';
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

/** A test in a laboratory of its own. When it fails, the failure ends with the timeline. */
export function scenario(
  title: string,
  body: (lab: Lab) => Promise<void>,
  options: ScenarioOptions = {},
): void {
  const { agentOnly, alone = false, unless = null } = options;
  const instead = agentOnly !== undefined && IUT === 'keepalived' ? `keepalived has no ${agentOnly}` : false;
  const skip = unless === null ? instead : `SKIPPED on this machine: ${unless}`;
  test(title, { skip }, async () => {
    const giveBack = await takeSlot(alone);
    const lab = await Lab.open();
    try {
      await body(lab);
    } catch (error) {
      throw withTimeline(error, lab);
    } finally {
      await lab.close();
      giveBack();
    }
  });
}

function withTimeline(error: unknown, lab: Lab): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error.name === 'NotInTime') return error;
  return new Error(`${error.message}\n${lab.timeline.print(150)}`, { cause: error });
}
