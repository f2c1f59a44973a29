import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { generatedFiles } from './deployment.js';

for (const { path, text } of await generatedFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
