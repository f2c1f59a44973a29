import { type ApplyOptions, type KubeApi, KubeApiError, type KubeObject, type Resource } from './ports.js';

/**
 * An API server that is only written to while `mayWrite`: for work that goes on in a process which has lost its Lease. It is asked
 * at each write, so that a process that stood still does not go on where it was.
 */
export function fencedApi(api: KubeApi, mayWrite: () => boolean): KubeApi {
  const writing = <T>(write: () => Promise<T>): Promise<T> =>
    mayWrite()
      ? write()
      : Promise.reject(new KubeApiError('another process may act by now', 409, 'Conflict'));
  return {
    get: (resource, key) => api.get(resource, key),
    list: (resource, selection, signal) => api.list(resource, selection, signal),
    watch: (resource, selection, onEvent, signal) => api.watch(resource, selection, onEvent, signal),
    version: () => api.version(),
    apply: <T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions) =>
      writing(() => api.apply(resource, object, options)),
    create: <T extends KubeObject>(resource: Resource, object: T) =>
      writing(() => api.create(resource, object)),
    replace: <T extends KubeObject>(resource: Resource, object: T) =>
      writing(() => api.replace(resource, object)),
    delete: (resource, key) => writing(() => api.delete(resource, key)),
  };
}
