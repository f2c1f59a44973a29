import { familyOf } from '../../../values/ip-address.js';
import { type Micros, fromMillis, fromSeconds } from '../../../values/time.js';
import { parsePrefix } from '../../../values/prefix.js';
import { familiesOf } from './addresses.js';
import { type Rule, readDuration, rule } from './rule.js';

/** RFC 9568 §5.2.7: 12 bits of centiseconds. */
const isV3Interval = (interval: Micros): boolean =>
  interval >= fromMillis(10) && interval <= fromMillis(40_950) && interval % fromMillis(10) === 0;

/** RFC 3768 §5.3.7: one octet of seconds. */
const isV2Interval = (interval: Micros): boolean =>
  interval >= fromSeconds(1) && interval <= fromSeconds(255) && interval % fromSeconds(1) === 0;

const advertisementInterval = rule(['vrrpVersion', 'advertisementInterval'], (spec, report) => {
  const at = ['advertisementInterval'];
  const interval = readDuration(spec.advertisementInterval, at, report);
  if (interval === null) return;
  if (spec.vrrpVersion === 3 && !isV3Interval(interval))
    report.problem(at, `must be 10ms to 40.95s in steps of 10ms, is ${spec.advertisementInterval}`);
  if (spec.vrrpVersion === 2 && !isV2Interval(interval))
    report.problem(
      at,
      `must be whole seconds from 1s to 255s with VRRP version 2, is ${spec.advertisementInterval}`,
      isV3Interval(interval) ? 'use vrrpVersion: 3 for intervals below a second' : undefined,
    );
});

const version2IsIPv4 = rule(['vrrpVersion', 'addresses'], ({ vrrpVersion, addresses }, report) => {
  if (vrrpVersion !== 2) return;
  for (const [index, text] of addresses.entries()) {
    const parsed = parsePrefix(text);
    if (parsed.ok && familyOf(parsed.value.address) === 'IPv6')
      report.problem(
        ['addresses', index],
        'is an IPv6 address, and VRRP version 2 knows only IPv4',
        'use vrrpVersion: 3, or put it into a VirtualIP of its own',
      );
  }
});

const checksumForm = rule(['vrrpVersion', 'addresses', 'checksum'], (spec, report) => {
  if (spec.checksum !== 'MessageOnly') return;
  if (spec.vrrpVersion === 2)
    report.problem(['checksum'], 'is for VRRP version 3: version 2 has one form of checksum', 'leave it out');
  else if (!familiesOf(spec.addresses).has('IPv4'))
    report.problem(
      ['checksum'],
      'is for IPv4, and there is no IPv4 address: IPv6 has one form',
      'leave it out',
    );
});

export const versionRules: readonly Rule[] = [advertisementInterval, version2IsIPv4, checksumForm];
