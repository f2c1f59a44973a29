import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { crdFiles } from './custom-resource-definitions.js';

for (const { path, text } of await crdFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
