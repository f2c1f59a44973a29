/** What the VRRP process may take for its answer; after that the reader gets what was told last. */
const PATIENCE = 500;

/**
 * Counters are told to those who ask: each reader waits until the VRRP process has told everything anew. Readers at the same time wait
 * for the same answer.
 */
export class FreshStatus {
  #waiting: (() => void)[] = [];

  /** `ask` has the VRRP process tell everything; false: there is nobody to ask. */
  constructor(private readonly ask: () => boolean) {}

  /** Resolves when everything has been told anew, or nobody seems to answer. */
  await(): Promise<void> {
    return new Promise((resolve) => {
      const isFirst = this.#waiting.length === 0;
      const timer = isFirst ? setTimeout(() => this.told(), PATIENCE) : undefined;
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
      if (isFirst && !this.ask()) this.told();
    });
  }

  /** Everything was told. */
  told(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
