import type { DefaultedVirtualIP, Probe } from '../../api/v1alpha1/virtual-ip.js';
import { probeName } from '../../api/v1alpha1/rules/tracking.js';
import { parseDuration } from '../../values/duration.js';
import { type Micros, fromSeconds } from '../../values/time.js';

/** One probe that the control process runs for the routers of a VirtualIP. Plain JSON. */
export type ProbeSpec = Readonly<{
  /** `VIRTUALIP/NAME`; the name is the target's URL unless one was given. Unique on this host, stable across edits. */
  id: string;
  /** The keys of the RouterSpecs that it counts for. At least one. */
  routerKeys: readonly string[];
  /** http: well when a GET is answered with a status from 200 to 399; tcp: when the connection is accepted. */
  kind: 'http' | 'tcp';
  /** An IP address. */
  host: string;
  port: number;
  /** Path and query; `/` for tcp, where it means nothing. */
  path: string;
  /** In the order written; a name may come twice. */
  headers: readonly Readonly<{ name: string; value: string }>[];
  /** From the start of one try to the start of the next. */
  period: Micros;
  /** Of one try; not longer than the period. */
  timeout: Micros;
  /** Successes in a row until it counts as well, and failures until it counts as failed. */
  riseThreshold: number;
  failureThreshold: number;
  /** As in TrackerState. */
  weight: number | null;
}>;

/** What the VirtualIP's probes are to the control process. */
export const probeSpecs = (
  virtualIP: DefaultedVirtualIP,
  routerKeys: readonly string[],
): readonly ProbeSpec[] =>
  (virtualIP.spec.track?.probes ?? []).map((probe) => probeSpec(virtualIP.metadata.name, probe, routerKeys));

function probeSpec(virtualIP: string, probe: Probe, routerKeys: readonly string[]): ProbeSpec {
  const target = probe.httpGet ?? probe.tcpSocket;
  if (target === undefined) throw new TypeError(`a probe of ${virtualIP} without a target passed validation`);
  return {
    id: `${virtualIP}/${probeName(probe)}`,
    routerKeys,
    kind: probe.httpGet === undefined ? 'tcp' : 'http',
    host: target.host,
    port: target.port,
    path: probe.httpGet?.path ?? '/',
    headers: probe.httpGet?.httpHeaders ?? [],
    period: fromSeconds(probe.periodSeconds),
    timeout: validDuration(probe.timeout),
    riseThreshold: probe.riseThreshold,
    failureThreshold: probe.failureThreshold,
    weight: probe.weight ?? null,
  };
}

/** A duration that validation has read before. */
export function validDuration(text: string): Micros {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new TypeError(`${parsed.problem}, and it passed validation`);
  return parsed.value;
}
