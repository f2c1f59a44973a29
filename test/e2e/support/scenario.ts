import { describe, test } from 'node:test';

import { isForeign } from './access.js';
import { writeDiagnostics } from './diagnostics.js';
import { LabStage, Stage } from './stage.js';

export type ScenarioOptions = Readonly<{
  /** The custom resource definitions are not installed when it begins, so nothing is watched yet. */
  beforeInstall?: boolean;
}>;

/** A test on the laboratory's cluster, which it leaves mended and without its own objects. Elsewhere it is skipped. */
export function scenario(
  title: string,
  body: (stage: LabStage) => Promise<void>,
  options: ScenarioOptions = {},
): void {
  const skip = isForeign()
    ? "needs the laboratory's cluster: it breaks nodes or looks into their kernels"
    : false;
  test(title, { skip }, () => play(title, () => LabStage.open(), body, options));
}

/** A test on whichever cluster there is. */
export function anywhere(
  title: string,
  body: (stage: Stage) => Promise<void>,
  options: ScenarioOptions = {},
): void {
  test(title, () => play(title, () => Stage.open(), body, options));
}

/**
 * Tests that do not disturb one another, at the same time, `concurrency` of them. Each has addresses and names of its own;
 * what one breaks, none of the others needs; none is about what the whole cluster does.
 */
export function together(title: string, concurrency: number, declare: () => void): void {
  void describe(title, { concurrency }, declare);
}

async function play<Kind extends Stage>(
  title: string,
  open: () => Promise<Kind>,
  body: (stage: Kind) => Promise<void>,
  { beforeInstall = false }: ScenarioOptions,
): Promise<void> {
  const stage = await open();
  try {
    if (!beforeInstall) await stage.watch();
    await body(stage);
  } catch (error) {
    const folder = await writeDiagnostics(stage, title, error);
    throw explained(error, stage, folder);
  } finally {
    await stage.close();
  }
}

function explained(error: unknown, stage: Stage, folder: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const timeline = error.name === 'NotInTime' ? '' : `\n${stage.timeline.print(100)}`;
  return new Error(`${error.message}${timeline}\nmore in ${folder}`, { cause: error });
}
