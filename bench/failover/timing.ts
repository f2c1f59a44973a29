/* What the protocol itself asks for, in milliseconds. Computed here, apart from the product's own timing. */

/** Skew_Time of a router with this priority (RFC 9568 §6.1; version 2: RFC 3768 §6.1). */
export const skew = (priority: number, interval: number, version: 2 | 3): number =>
  ((256 - priority) * (version === 2 ? 1000 : interval)) / 256;

/** Active_Down_Interval: the silence after which the holder counts as dead. */
export const activeDown = (priority: number, interval: number, version: 2 | 3): number =>
  3 * interval + skew(priority, interval, version);
