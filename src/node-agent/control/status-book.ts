import type { RouterStatus, StatusReport, VrrpStatus } from '../ipc/messages.js';

/** Puts together what the VRRP process tells bit by bit. */
export class StatusBook {
  readonly #routers = new Map<string, RouterStatus>();
  #revision: string | null = null;

  /** The whole picture after this report, and whether it shows other routers than before, or another state of one. */
  take({ whole, routers, gone, ...rest }: StatusReport): Readonly<{ status: VrrpStatus; isNews: boolean }> {
    const isNews = whole || routers.length > 0 || gone.length > 0 || rest.revision !== this.#revision;
    if (whole) this.#routers.clear();
    for (const key of gone) this.#routers.delete(key);
    for (const router of routers) this.#routers.set(router.key, router);
    this.#revision = rest.revision;
    return { status: { ...rest, routers: [...this.#routers.values()] }, isNews };
  }
}
