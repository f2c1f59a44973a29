import { explore } from './explore.js';

/* One of the processes that `simulation/main.ts` shares the seeds among. */

process.on('message', ({ from, to, slow }: Readonly<{ from: number; to: number; slow?: boolean }>) => {
  void explore(from, to, slow).then((tally) => process.send?.(tally));
});
process.on('disconnect', () => process.exit());
