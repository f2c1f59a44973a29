import { test } from 'node:test';

import { Lab } from '../../../lab/lab.js';

/** Which program stands in the place of the implementation under test; keepalived proves the scenarios right. */
export const IUT = process.env['LAB_IUT'] === 'keepalived' ? 'keepalived' : 'agent';

export type ScenarioOptions = Readonly<{
  /** What only our agent has, so that keepalived cannot stand in. */
  agentOnly?: string;
  /** Milliseconds after which the scenario has failed. */
  timeout?: number;
}>;

/** A test in a laboratory of its own. When it fails, the failure ends with the timeline. */
export function scenario(
  title: string,
  body: (lab: Lab) => Promise<void>,
  options: ScenarioOptions = {},
): void {
  const { agentOnly, timeout = 90_000 } = options;
  const skip = agentOnly !== undefined && IUT === 'keepalived' ? `keepalived has no ${agentOnly}` : false;
  test(title, { skip, timeout }, async () => {
    const lab = await Lab.open();
    try {
      await body(lab);
    } catch (error) {
      throw withTimeline(error, lab);
    } finally {
      await lab.close();
    }
  });
}

function withTimeline(error: unknown, lab: Lab): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error.name === 'NotInTime') return error;
  return new Error(`${error.message}\n${lab.timeline.print(150)}`, { cause: error });
}
