import type { AddressFamily } from '../src/values/ip-address.js';

/** The virtual addresses of the router of this number: the first ones of as many as one likes. */
export const addressesFor = (router: number, family: AddressFamily, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) =>
    family === 'IPv4'
      ? `192.0.2.${String(100 + 10 * router + index)}/32`
      : `${index === 0 ? 'fe80' : '2001:db8'}::${(0x100 + 16 * router + index).toString(16)}/128`,
  );
