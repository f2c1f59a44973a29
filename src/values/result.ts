/** What a function returns that can be refused for a reason the caller is expected to handle. */
export type Result<Value, Problem> =
  Readonly<{ ok: true; value: Value }> | Readonly<{ ok: false; problem: Problem }>;

export const ok = <Value>(value: Value): Result<Value, never> => ({ ok: true, value });
export const refused = <Problem>(problem: Problem): Result<never, Problem> => ({ ok: false, problem });
