import { existsSync, mkdirSync } from 'node:fs';

import { command } from '../command.js';

/** Fills a node's folder for containerd with the images of `store`, unless it has been filled before. */
export async function fillImageStore(store: string, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  // Layers are never written again, so all nodes share their blocks; the databases are each node's own.
  const share = 'cp -al "$1/." "$2/" 2>/dev/null || { rm -rf "$2"; mkdir "$2"; cp -a "$1/." "$2/"; }';
  const own = 'cd "$1" && find . -name "*.db" -exec cp --remove-destination --parents -p {} "$2/" ";"';
  await command(['sh', '-c', `${share}; ${own}`, 'sh', store, folder]);
}
