import type { IpAddress } from '../../values/ip-address.js';
import type { Micros } from '../../values/time.js';
import type { Priority, VrrpVersion, Vrid } from './config.js';

/** An ADVERTISEMENT (RFC 9568 §5, RFC 3768 §5) that passed every check of receive.ts, or that is to be sent. */
export type Advert = Readonly<{
  version: VrrpVersion;
  vrid: Vrid;
  /** 0: the sender resigns. */
  priority: Priority | 0;
  /** v3: Max Advertise Interval; v2: Adver Int. */
  interval: Micros;
  addresses: readonly IpAddress[];
}>;
