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
