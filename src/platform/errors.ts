/** The host refused something: a system call failed. `code` is the errno's name. */
export class HostError extends Error {
  constructor(
    readonly operation: string,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(`${operation}: ${code}`, options);
    this.name = 'HostError';
  }
}

/** The host refused some of several things. `code` is the first one's. */
export class SomeRefused extends HostError {
  constructor(
    operation: string,
    /** What was refused, by name, with the errno's name; everything else was done. Not empty. */
    readonly refused: ReadonlyMap<string, string>,
  ) {
    const [[first, code] = ['nothing', 'EUNKNOWN']] = refused;
    const others = refused.size <= 1 ? '' : ` and ${String(refused.size - 1)} more`;
    super(`${operation} ${first}${others}`, code);
  }
}
