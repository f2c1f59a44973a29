/** What the client and the kernel showed during one step; times in milliseconds. */
export type Measured = Readonly<{
  name: string;
  /** Who held the address before and after. */
  moved: readonly [string, string];
  /** Echo requests of the client. */
  sent: number;
  /** Those that were never answered. */
  lost: number;
  /** The longest time without an echo reply. */
  gap: number;
  /** For how long more than one host had the address. */
  twoHolders: number;
  /** Pages that did not come. */
  visitsFailed: number;
}>;

/** What a step may cost; null: not limited. */
export type Limits = Readonly<{ gap: number; lost: number | null; twoHolders: number }>;

export type Outcome = Measured & Readonly<{ faults: readonly string[] }>;

/** In what a step went beyond its limits, in sentences. */
export function faults(measured: Measured, limits: Limits): string[] {
  const { gap, lost, twoHolders } = measured;
  const found: string[] = [];
  if (measured.sent === 0) found.push('the client sent nothing');
  if (gap > limits.gap) found.push(`nobody answered for ${ms(gap)}, at most ${ms(limits.gap)} is right`);
  if (limits.lost !== null && lost > limits.lost)
    found.push(`${count(lost)} packets were lost, at most ${count(limits.lost)} is right`);
  if (twoHolders > limits.twoHolders)
    found.push(`two hosts held the address for ${ms(twoHolders)}, at most ${ms(limits.twoHolders)} is right`);
  return found;
}

/** What the client saw of a step, in one line. */
export const summary = ({ lost, sent, gap }: Measured): string =>
  `lost ${count(lost)} of ${count(sent)} packets; the longest gap was ${ms(gap)}`;

const HEADINGS = ['step', 'address moved', 'longest gap', 'packets lost', 'pages failed', 'two holders', ''];

/** The outcomes as a table, followed by what was not right. */
export function formatOutcomes(outcomes: readonly Outcome[]): string {
  const rows = [HEADINGS, ...outcomes.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  lines.splice(
    1,
    0,
    widths
      .map((width) => '-'.repeat(width))
      .join('  ')
      .trimEnd(),
  );
  const wrong = outcomes.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}.`));
  return [...lines, ...(wrong.length === 0 ? [] : ['', ...wrong])].join('\n');
}

const cells = (outcome: Outcome): string[] => [
  outcome.name,
  outcome.moved.join(' > '),
  ms(outcome.gap),
  `${count(outcome.lost)} of ${count(outcome.sent)}`,
  count(outcome.visitsFailed),
  ms(outcome.twoHolders),
  outcome.faults.length === 0 ? 'ok' : 'WRONG',
];

const ms = (value: number): string => `${count(Math.round(value))} ms`;
const count = (value: number): string => value.toLocaleString('en');
