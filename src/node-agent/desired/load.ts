import type { Result } from '../../values/result.js';
import { type Assessment, type PasswordLookup, assess } from './desired-state.js';
import { type LocatedFinding, aboutFile, byPlace } from './located-finding.js';
import type { SourceFile } from './yaml-file.js';

export type FileReader = (path: string) => Result<SourceFile, string>;

export type Load = Assessment &
  Readonly<{
    /** Files that could not be read at all; they are among the problems too. */
    unreadable: readonly string[];
  }>;

/** Reads the files and judges them as one configuration. */
export function load(
  paths: readonly string[],
  nodeName: string | null,
  readFile: FileReader,
  lookUpPassword: PasswordLookup,
): Load {
  const reads = paths.map((path) => ({ path, read: readFile(path) }));
  const files = reads.flatMap(({ read }) => (read.ok ? [read.value] : []));
  const failures = reads.flatMap(({ path, read }): LocatedFinding[] =>
    read.ok ? [] : [aboutFile(path, read.problem)],
  );
  const assessment = assess(files, nodeName, lookUpPassword);
  return {
    ...assessment,
    problems: [...failures, ...assessment.problems].sort(byPlace(paths)),
    accepted: failures.length > 0 ? null : assessment.accepted,
    unreadable: failures.map(({ file }) => file),
  };
}
