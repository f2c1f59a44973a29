/** Does `work` for all items, at most `atOnce` at the same time. Rejects with the first failure. */
export async function each<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (const [index, item] of left) await work(item, index);
    }),
  );
}
