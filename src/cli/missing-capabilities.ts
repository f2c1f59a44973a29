/** What the agent cannot do without, by bit number (linux/capability.h). */
const NEEDED: ReadonlyMap<string, bigint> = new Map([
  ['NET_ADMIN', 12n],
  ['NET_RAW', 13n],
]);

/**
 * The capabilities that a process lacks for VRRP; `status` is the text of its /proc/PID/status. None when that text does
 * not say: then the kernel's own refusals have to do.
 */
export function missingCapabilities(status: string): readonly string[] {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (digits === undefined) return [];
  const effective = BigInt(`0x${digits}`);
  return [...NEEDED].filter(([, bit]) => ((effective >> bit) & 1n) === 0n).map(([name]) => name);
}
