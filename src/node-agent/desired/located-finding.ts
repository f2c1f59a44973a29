import type { Finding } from '../../api/v1alpha1/finding.js';

/** A place in a file; line and column count from 1. */
export type Position = Readonly<{ line: number; column: number }>;

/** A problem or warning with the place in a file that it is about. */
export type LocatedFinding = Finding & Readonly<{ file: string }> & Position;

export const locatedAt = (file: string, position: Position, found: Finding): LocatedFinding => ({
  ...found,
  file,
  line: position.line,
  column: position.column,
});

/** About a file as a whole. */
export const aboutFile = (file: string, problem: string, remedy?: string): LocatedFinding => ({
  file,
  line: 1,
  column: 1,
  path: '',
  at: [],
  problem,
  ...(remedy === undefined ? {} : { remedy }),
});

/** `vip.yaml:7:9: spec.vrid: must be a whole number from 1 to 255, is 300 (remedy)`: editors jump to it. */
export function formatFinding({ file, line, column, path, problem, remedy }: LocatedFinding): string {
  const field = path === '' ? '' : `${path}: `;
  const advice = remedy === undefined ? '' : ` (${remedy})`;
  return `${file}:${String(line)}:${String(column)}: ${field}${problem}${advice}`;
}

/** In the order of the files given, then by place. */
export const byPlace =
  (files: readonly string[]) =>
  (a: LocatedFinding, b: LocatedFinding): number =>
    files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column;
