import { type Fields, type LogLevel, RESERVED_FIELDS } from './log-fields.js';

/** One log line as a sentence; null leaves it to the general form. May use up fields by naming them in `told`. */
export type Sentence = Readonly<{ text: string; told: readonly string[] }>;

/** Puts particular messages into better words than `message [field=value …]`. */
export type Wording = (message: string, fields: Fields) => Sentence | null;

const PLAIN_VALUE = /^[\p{L}\p{N}\p{P}\p{S}]+$/u;

/**
 * The readable form: `2026-11-22T21:42:55.123Z INFO  web/IPv4: text [name=value …]`, always one line, without
 * characters that move a terminal's cursor.
 */
export function formatLogText(
  line: Readonly<{ level: LogLevel; time: string; message: string; fields: Fields }>,
  wording: Wording = () => null,
): string {
  const { router, ...fields } = line.fields;
  const sentence = wording(line.message, line.fields) ?? { text: line.message, told: [] };
  const rest = Object.entries(fields)
    .filter(
      ([name, value]) => value !== undefined && !sentence.told.includes(name) && !RESERVED_FIELDS.has(name),
    )
    .map(([name, value]) => `${name}=${formatValue(value)}`);
  const subject = typeof router === 'string' ? `${printable(router)}: ` : '';
  const details = rest.length === 0 ? '' : ` [${rest.join(' ')}]`;
  return `${line.time} ${line.level.toUpperCase().padEnd(5)} ${subject}${printable(sentence.text)}${details}`;
}

/** Text as it is if it is one plain word, otherwise as JSON: a value never looks like two. */
function formatValue(value: unknown): string {
  if (typeof value === 'string' && PLAIN_VALUE.test(value) && !value.startsWith('"')) return value;
  return printable(JSON.stringify(value));
}

/** Control and format characters as escapes: what a stranger sent cannot forge a line. */
const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
