import { type Node, type Pair, isMap, isScalar, parseDocument } from 'yaml';

/** One value of a chart: its path, e.g. `image.tag`, its default as JSON, and the comment `# -- …` above it. */
export type ChartValue = Readonly<{ path: string; standard: string; meaning: string }>;

/** The values of a values.yaml, in its order. Those without a comment `# -- …` are folders of others, or an error. */
export function chartValues(text: string): readonly ChartValue[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return below(document.contents, '');
}

function below(node: unknown, path: string): readonly ChartValue[] {
  if (!isMap(node) || node.items.length === 0)
    throw new Error(`${path} lacks its comment: # -- what it means`);
  return node.items.flatMap((pair, index) => {
    const { key, value } = pair as Pair<Node, Node | null>;
    if (!isScalar(key)) throw new Error(`${path} has a key that is no text`);
    const here = path === '' ? String(key.value) : `${path}.${String(key.value)}`;
    // The comment above the first key of a map belongs to the map.
    const comment = (index === 0 ? node.commentBefore : undefined) ?? key.commentBefore ?? '';
    const meaning = comment
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line.startsWith('-- '));
    if (meaning === undefined) return below(value, here);
    return [{ path: here, standard: JSON.stringify(value?.toJSON() ?? null), meaning: meaning.slice(3) }];
  });
}
