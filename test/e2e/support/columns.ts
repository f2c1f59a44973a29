/** The rows of a table that kubectl printed, by the names of its columns. No cell may be empty but at the end of a row. */
export function table(text: string): Readonly<Record<string, string>>[] {
  const [head = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  // Columns are as wide as their longest cell and three spaces more; a name may hold single spaces.
  const columns = [...head.matchAll(/\S+(?: \S+)*/g)].map(({ 0: name, index }) => ({ name, index }));
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ name, index }, position) => [
        name,
        row.slice(index, columns[position + 1]?.index).trim(),
      ]),
    ),
  );
}
