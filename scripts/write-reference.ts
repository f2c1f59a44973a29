import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { REFERENCE_FILE, virtualIPReference } from './virtual-ip-reference.js';

const options = { ...(await resolveConfig(REFERENCE_FILE)), parser: 'markdown' } as const;
writeFileSync(REFERENCE_FILE, await format(virtualIPReference(), options));
