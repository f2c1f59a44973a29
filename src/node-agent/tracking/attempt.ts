import { httpProbe } from './http-probe.js';
import { probeErrorMessage } from './probe-error.js';
import type { Attempt } from './probe.js';
import { tcpProbe } from './tcp-probe.js';

/** Makes one attempt over the network. */
export const networkAttempt: Attempt = async ({ target, timeout }, signal) => {
  try {
    return await (target.kind === 'http'
      ? httpProbe(target, timeout, signal)
      : tcpProbe(target, timeout, signal));
  } catch (error) {
    // A request that cannot even be formed, e.g. for a header that HTTP does not allow.
    return { success: false, message: probeErrorMessage(error) };
  }
};
