import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { URL, fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/*
 * Makes dist/ out of src/: a handful of files instead of some hundred, which start faster and take 10 MiB less in each agent. Both processes of
 * an agent have an entry of their own; what they share, and what is loaded on demand, are files beside them. Packages with native code, or
 * that are rarely needed, stay packages. Types are checked by `tsc`.
 *
 *   node scripts/bundle.mjs [FOLDER]
 *
 * Names stay as they are, so that a stack trace can be read; with NODE_OPTIONS=--enable-source-maps it has the lines of src/.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = process.argv[2] ?? join(ROOT, 'dist');

// Chunks are named after their content: old ones would stay.
for (const name of ['api', 'cli', 'node-agent', 'operator', 'platform', 'values'])
  rmSync(join(folder, name), { recursive: true, force: true });

await build({
  absWorkingDir: ROOT,
  // As in src/: package.json and the control process are found from where the code is.
  entryPoints: { 'cli/main': 'src/cli/main.ts', 'node-agent/control/main': 'src/node-agent/control/main.ts' },
  chunkNames: 'node-agent/[name]-[hash]',
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  external: ['@kubernetes/client-node', 'koffi', 'netlink', 'raw-socket'],
  // For the CommonJS packages that are bundled.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
