import type { ProbeMethod } from './probe.js';

/** Which pods of this node are followed; well while one of them is ready. */
export type PodsMethod = Readonly<{
  namespace: string;
  /** As the API server takes it. */
  selector: string;
}>;

/** How an object is followed; two routers that ask for the same share the answers. */
export type TrackedMethod = ProbeMethod | PodsMethod;

/** One tracked object of one virtual router. */
export type RouterTracker = Readonly<{
  /** Unique among the router's objects, and what people see. */
  id: string;
  /** As in {@link TrackerState}. */
  weight: number | null;
  method: TrackedMethod;
}>;

/** Equal for methods that do the same. */
export const identityOf = (method: TrackedMethod): string =>
  'target' in method
    ? JSON.stringify([method.target, method.period, method.timeout, method.rise, method.fall])
    : JSON.stringify([method.namespace, method.selector]);
