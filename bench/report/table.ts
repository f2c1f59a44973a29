export type Column = Readonly<{ head: string; align?: 'left' | 'right' }>;

/** A Markdown table whose columns also line up as plain text. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const heads = columns.map(({ head }) => head);
  const widths = heads.map((head, index) =>
    Math.max(3, head.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${columns.map(({ align }, index) => pad(cells[index] ?? '', widths[index] ?? 0, align)).join(' | ')} |`;
  const rule = columns.map(({ align }, index) => {
    const dashes = '-'.repeat(widths[index] ?? 3);
    return align === 'right' ? `${dashes.slice(1)}:` : dashes;
  });
  return [line(heads), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

const pad = (text: string, width: number, align: Column['align']): string =>
  align === 'right' ? text.padStart(width) : text.padEnd(width);

/** Milliseconds for people: three significant digits where there are that many, none behind the point above 100. */
export function milliseconds(value: number): string {
  if (Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** A ratio with three digits behind the point: the programs differ by less than a hundredth in much. */
export const ratioText = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
