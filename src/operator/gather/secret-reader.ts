import { KubeInformer } from '../../platform/kube/informer.js';
import type { KubeApi } from '../../platform/kube/ports.js';
import { SECRETS } from '../../platform/kube/resources.js';
import type { Clock } from '../../platform/clock.js';
import type { Log } from '../../platform/log.js';
import type { Observer } from '../../platform/observer.js';
import { type Result, ok, refused } from '../../values/result.js';
import { FreshView } from './fresh-view.js';
import { type KubeSecret, type SecretEntry, passwordIn } from './password.js';

export type SecretReaderOptions = Readonly<{
  api: KubeApi;
  log: Log;
  clock: Clock;
  observer: Observer;
}>;

type Watched = Readonly<{
  informer: KubeInformer<KubeSecret>;
  view: FreshView<KubeSecret>;
  stop: AbortController;
  users: Set<string>;
}>;

/**
 * The Secrets that somebody refers to, and no others: each is watched by its name, so that the operator needs no right to
 * read all of them, and holds none that it does not need.
 */
export class SecretReader {
  readonly #watched = new Map<string, Watched>();
  readonly #using = new Map<string, string>();
  #onChange: (user: string) => void = () => undefined;
  #closed = false;

  constructor(private readonly options: SecretReaderOptions) {}

  /** `listener` is told the user of a Secret whenever that may read differently now. */
  onChange(listener: (user: string) => void): void {
    this.#onChange = listener;
  }

  /** The password that `user` refers to; null: not known yet, and `user` is told when it is. */
  password(user: string, entry: SecretEntry): Result<string, string> | null {
    const read = this.secret(user, entry);
    return read?.ok === true ? passwordIn(read.value, entry) : read;
  }

  /** The Secret that `user` refers to, which may not exist; null: not known yet. Refused with a sentence. */
  secret(
    user: string,
    { namespace, name }: Omit<SecretEntry, 'key'>,
  ): Result<KubeSecret | undefined, string> | null {
    // What had begun before may still ask; a watch for it would never end, and with it this process.
    if (this.#closed) return null;
    const { informer, view } = this.#watch(user, namespace, name);
    if (informer.hasSynced) return ok(view.get(name, namespace));
    if (informer.problem === null) return null;
    return refused(
      `Secret ${namespace}/${name} cannot be read: ${informer.problem}; let the operator's ServiceAccount get, list and watch it`,
    );
  }

  /** The answer to a write of ours to the Secret that `user` refers to; undefined: it was deleted. */
  wrote(user: string, before: KubeSecret | undefined, after: KubeSecret | undefined): void {
    const view = this.#watched.get(this.#using.get(user) ?? '')?.view;
    if (after !== undefined) view?.wrote(after);
    else if (before !== undefined) view?.removed(before);
  }

  /** `user` refers to none any more. */
  release(user: string): void {
    const key = this.#using.get(user);
    this.#using.delete(user);
    const watched = key === undefined ? undefined : this.#watched.get(key);
    if (key === undefined || watched === undefined) return;
    watched.users.delete(user);
    if (watched.users.size > 0) return;
    watched.stop.abort();
    this.#watched.delete(key);
  }

  /** Watches nothing any more, whoever asks: nothing is known from now on. */
  close(): void {
    this.#closed = true;
    for (const user of [...this.#using.keys()]) this.release(user);
  }

  #watch(user: string, namespace: string, name: string): Watched {
    const key = `${namespace}/${name}`;
    if (this.#using.get(user) !== key) this.release(user);
    this.#using.set(user, key);
    const watched = this.#watched.get(key) ?? this.#start(namespace, name);
    this.#watched.set(key, watched);
    watched.users.add(user);
    return watched;
  }

  #start(namespace: string, name: string): Watched {
    const { api, log, clock, observer } = this.options;
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    const informer = new KubeInformer<KubeSecret>({
      ...{ api, log, clock, observer, selection },
      resource: SECRETS,
    });
    const stop = new AbortController();
    const users = new Set<string>();
    const tell = (): void => {
      for (const user of users) this.#onChange(user);
    };
    informer.onChange(tell);
    // A Secret that does not exist is no change, but something to know.
    void informer.synced.then(tell);
    void informer.run(stop.signal);
    return { informer, view: new FreshView(informer, () => clock.now()), stop, users };
  }
}
