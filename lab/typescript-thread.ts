/**
 * The source of a thread, for `new Worker(source, { eval: true, execArgv: [] })`, that calls a function of a module of this folder.
 * Threads do not inherit the loader of TypeScript from `--import` on Node 20.
 */
export const typeScriptThread = (module: string, body: string): string => `
import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
  .then(({ register }) => { register(); return import(${JSON.stringify(new URL(module, import.meta.url).href)}); })
  .then((module) => module.${body}());
`;
