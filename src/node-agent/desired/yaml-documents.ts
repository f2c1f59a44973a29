import { type CST, Composer, type Document, LineCounter, isMap, isScalar, isSeq, visit } from 'yaml';
import type { FieldPath } from '../../api/v1alpha1/field-path.js';
import { type Finding, finding } from '../../api/v1alpha1/finding.js';
import { type LocatedFinding, type Position, aboutFile, locatedAt } from './located-finding.js';
import { type TokenProblem, readTokens } from './yaml-tokens.js';

/** How often an anchor may be expanded: enough for sharing, too little for a "billion laughs". */
const MOST_ALIASES = 100;

/** One slip makes the parser see many; the first few lead to it. */
const MOST_ERRORS = 5;

/** One YAML document with something in it. */
export type YamlDocument = Readonly<{
  /** Its content as plain data, without cycles. */
  content: unknown;
  /** The place of a field, or of the nearest thing around it that is there. */
  locate: (at: FieldPath) => Position;
}>;

export type YamlDocuments = Readonly<{
  documents: readonly YamlDocument[];
  problems: readonly LocatedFinding[];
  warnings: readonly LocatedFinding[];
}>;

/** Reads the documents of a YAML (or JSON) text; empty ones are skipped. Never throws, whatever the text is. */
export function readYamlDocuments(file: string, text: string): YamlDocuments {
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const tokens = readTokens(text, lines);
  if (!tokens.ok) {
    const { offset, problem } = tokens.problem;
    return {
      documents: [],
      problems: [locatedAt(file, positionAt(offset), finding([], problem))],
      warnings: [],
    };
  }
  const documents: YamlDocument[] = [];
  const problems: LocatedFinding[] = [];
  const warnings: LocatedFinding[] = [];
  for (const document of compose(tokens.value)) {
    const place = (offset: number, found: Finding) => locatedAt(file, positionAt(offset), found);
    const errors = errorsOf(document);
    for (const { offset, problem } of errors.slice(0, MOST_ERRORS))
      problems.push(place(offset, finding([], problem)));
    for (const { pos, message } of document.warnings)
      warnings.push(place(pos[0], finding([], plain(message))));
    if (errors.length > 0 || document.contents === null) continue;
    const content = contentOf(document);
    if (!content.ok) problems.push(place(document.contents.range[0], finding([], content.problem)));
    else if (content.value !== null)
      documents.push({ content: content.value, locate: (at) => positionAt(offsetOf(document, at)) });
  }
  return { documents, problems, warnings };
}

/*
 * The library compares each key with all others of its mapping, which takes minutes for a mapping of some ten thousand;
 * so duplicate keys are looked for here.
 */
const compose = (tokens: readonly CST.Token[]): Iterable<Document.Parsed> =>
  new Composer({ merge: true, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' }).compose(tokens);

function errorsOf(document: Document.Parsed): readonly TokenProblem[] {
  if (document.errors.length > 0)
    return document.errors.map(({ pos, message }) => ({
      offset: pos[0],
      problem: `is not YAML: ${plain(message)}`,
    }));
  const errors: TokenProblem[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name))
          errors.push({ offset: startOf(key) ?? 0, problem: `has the key "${name}" twice` });
        seen.add(name);
      }
    },
  });
  return errors;
}

/** The library's messages without its own note of the place. */
const plain = (message: string): string =>
  (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');

function contentOf(
  document: Document.Parsed,
): Readonly<{ ok: true; value: unknown } | { ok: false; problem: string }> {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    JSON.stringify(value);
    return { ok: true, value };
  } catch (error) {
    // Aliases without an anchor, too many of them, or one that contains itself.
    const reason = error instanceof Error ? plain(error.message) : String(error);
    return { ok: false, problem: `cannot be read: ${reason}` };
  }
}

function offsetOf(document: Document.Parsed, at: FieldPath): number {
  let found: Entry = { start: document.contents?.range[0] ?? 0, node: document.contents };
  for (const step of at) {
    const inside = entryOf(found.node, step);
    if (inside === null) return found.start;
    found = { start: inside.start ?? found.start, node: inside.node };
  }
  // The value where there is one on its own; a mapping or list is best found by its key.
  return isScalar(found.node) && found.node.value !== null
    ? (startOf(found.node) ?? found.start)
    : found.start;
}

/** A field or list entry: where it starts, and what is in it. */
type Entry = Readonly<{ start: number; node: unknown }>;

function entryOf(
  node: unknown,
  step: string | number,
): Readonly<{ start: number | undefined; node: unknown }> | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
    return pair === undefined ? null : { start: startOf(pair.key), node: pair.value };
  }
  if (!isSeq(node) || typeof step !== 'number' || step >= node.items.length) return null;
  return { start: startOf(node.items[step]), node: node.items[step] };
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return undefined;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : undefined;
}

/** For a text that is not even text. */
export const unreadableText = (file: string): YamlDocuments => ({
  documents: [],
  problems: [aboutFile(file, 'is not UTF-8 text', 'save it as UTF-8')],
  warnings: [],
});
