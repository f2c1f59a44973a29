import type { RouterConfig } from '../vrrp/config.js';
import type { RouterEvent } from '../vrrp/event.js';
import type { RouterState } from '../vrrp/state.js';

/**
 * Takes passwords out of what is recorded. Equal passwords get equal masks and different ones different masks, so a
 * change of password is still seen when the recording is replayed.
 */
export class MaskedPasswords {
  readonly #masks = new Map<string, string>();

  inState<State extends RouterState>(state: State): State {
    return { ...state, config: this.inConfig(state.config) };
  }

  inEvent(event: RouterEvent): RouterEvent {
    return event.kind === 'configSet' ? { ...event, config: this.inConfig(event.config) } : event;
  }

  inConfig(config: RouterConfig): RouterConfig {
    const { authentication } = config;
    if (authentication.type !== 'Password') return config;
    return {
      ...config,
      authentication: { type: 'Password', password: this.#maskFor(authentication.password) },
    };
  }

  /** At most eight octets, like any password of VRRPv2. */
  #maskFor(password: string): string {
    const known = this.#masks.get(password);
    if (known !== undefined) return known;
    const mask = `*${String(this.#masks.size + 1)}*`;
    this.#masks.set(password, mask);
    return mask;
  }
}
