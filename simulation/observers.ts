import type { Observer } from './world/world.js';

/** Several who watch the same world. */
export function together(observers: readonly Observer[]): Observer {
  return {
    happened: (...about) => observers.forEach((observer) => observer.happened(...about)),
    began: (...about) => observers.forEach((observer) => observer.began(...about)),
    stepped: (...about) => observers.forEach((observer) => observer.stepped(...about)),
    sent: (...about) => observers.forEach((observer) => observer.sent(...about)),
    failed: (...about) => observers.forEach((observer) => observer.failed(...about)),
    before: () => observers.forEach((observer) => observer.before()),
    touched: () => observers.forEach((observer) => observer.touched()),
  };
}

/** Watches without a care. */
export const UNMOVED: Observer = {
  happened: () => undefined,
  began: () => undefined,
  stepped: () => undefined,
  sent: () => undefined,
  failed: () => undefined,
  before: () => undefined,
  touched: () => undefined,
};
