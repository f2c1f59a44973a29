import { type AddressFamily, type IpAddress, ipAddress } from '../../values/ip-address.js';

/** RFC 9568 §5.1.1.4, §5.1.2.4. */
export const VRRP_PROTOCOL = 112;

/** RFC 9568 §5.1.1.3, §5.1.2.3: what shows a receiver that no router forwarded the packet. */
export const VRRP_HOP_LIMIT = 255;

/** Network control (CS6), as keepalived and FRR mark adverts. */
export const VRRP_TRAFFIC_CLASS = 0xc0;

/** RFC 9568 §5.1.1.2, §5.1.2.2: never forwarded by routers. */
export const VRRP_GROUP: Readonly<Record<AddressFamily, IpAddress>> = {
  IPv4: ipAddress('224.0.0.18'),
  IPv6: ipAddress('ff02::12'),
};
