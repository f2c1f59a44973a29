export type Reply = Readonly<{ status: number; headers: Readonly<Record<string, string>>; body: string }>;

export const jsonReply = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: `${JSON.stringify(value)}\n`,
});

/** An error as JSON, `{"error":{"status":404,"message":"…"}}`. */
export const errorReply = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply => jsonReply(status, { error: { status, message } }, headers);

/** Good when there is no reason against it. */
export type Health = Readonly<{ ok: boolean; reasons: readonly string[] }>;

/** 200 or 503, with the reasons. */
export const healthReply = ({ ok, reasons }: Health): Reply =>
  jsonReply(ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', reasons });
