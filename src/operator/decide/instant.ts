/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export const instant = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
