/** The most of a message that people can still read in `kubectl describe`. */
const LONGEST = 1024;
const MOST_NAMES = 5;

/** `a, b and c`; `a, b, c, d, e and 4 more`. */
export function enumerate(names: readonly string[]): string {
  const shown = names.length > MOST_NAMES + 1 ? names.slice(0, MOST_NAMES) : names;
  const parts =
    shown.length < names.length ? [...shown, `${String(names.length - shown.length)} more`] : shown;
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

/** The first few, with `; ` in between; the rest is counted. */
export const few = (items: readonly string[]): string =>
  items.length > MOST_NAMES + 1
    ? `${items.slice(0, MOST_NAMES).join('; ')}; and ${String(items.length - MOST_NAMES)} more`
    : items.join('; ');

/** Sentences one after the other, as many as fit; what does not is counted. */
export function sentences(all: readonly string[], longest = LONGEST): string {
  const shown: string[] = [];
  let length = 0;
  for (const sentence of all) {
    length += sentence.length + 1;
    if (shown.length > 0 && length > longest - 20) break;
    shown.push(shortened(sentence, longest - 20));
  }
  const rest = all.length - shown.length;
  return [...shown, ...(rest > 0 ? [`And ${String(rest)} more.`] : [])].join(' ');
}

/** At most so many characters, with an ellipsis if some are missing. */
export const shortened = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;

/** Ends with a full stop. It may start with a name, so the first letter stays as it is. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** `the addresses`; when there are both families: `the IPv4 addresses`. */
export const addressesOf = (family: string, families: number): string =>
  families < 2 ? 'the addresses' : `the ${family} addresses`;
