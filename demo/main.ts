import { missingPrivilege } from '../scripts/missing-privilege.js';
import { demo } from './demo.js';

/** What shells expect of a program that a signal ended: 128 + its number. */
const EXIT_STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

class Interruption extends Error {
  constructor(readonly signal: keyof typeof EXIT_STATUS) {
    super(signal);
  }
}

const problem = missingPrivilege();
if (problem !== null) {
  console.error(
    `The demo makes network namespaces, but ${problem}. Run it as root on a host, a VM or a privileged container.`,
  );
  process.exit(1);
}

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      reject(new Interruption(signal));
    });
});

try {
  process.exitCode = (await demo(interrupted)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Interruption)) throw error;
  console.error('\nInterrupted; everything is cleaned up.');
  process.exit(EXIT_STATUS[error.signal]);
}
