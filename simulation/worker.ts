import { explore } from './explore.js';

/* One of the processes that `simulation/main.ts` shares the seeds among. */

process.on('message', ({ from, to }: Readonly<{ from: number; to: number }>) => {
  void explore(from, to).then((tally) => process.send?.(tally));
});
process.on('disconnect', () => process.exit());
