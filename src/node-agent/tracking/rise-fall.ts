/** How many results in a row it takes to change one's mind about an object. Whole numbers, at least 1. */
export type Thresholds = Readonly<{
  /** Successes after which a failed object counts as up. */
  rise: number;
  /** Failures after which an object that was up counts as failed. */
  fall: number;
}>;

export type Verdict = Readonly<{
  /** null until there is a result. */
  up: boolean | null;
  /** Results in a row that contradict `up`. */
  against: number;
}>;

export const NO_VERDICT: Verdict = { up: null, against: 0 };

/**
 * The verdict after one more result. The first result decides at once, so that a node that starts knows where it
 * stands; from then on only an unbroken run of contrary results, `rise` or `fall` long, changes the verdict.
 */
export function afterResult(verdict: Verdict, success: boolean, { rise, fall }: Thresholds): Verdict {
  if (verdict.up === null || verdict.up === success) return { up: success, against: 0 };
  const against = verdict.against + 1;
  return against >= (success ? rise : fall) ? { up: success, against: 0 } : { up: verdict.up, against };
}
