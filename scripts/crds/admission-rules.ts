/*
 * What the schema cannot say of a VirtualIP and the API server can still refuse at `kubectl apply`: rules in CEL. The
 * operator judges by src/api/v1alpha1/rules, which know more (what an address means, what two spellings have in common);
 * a rule here never refuses what they accept, and a test compares the two.
 *
 * Kubernetes 1.25 is the first version that evaluates them by default; before, the field is dropped and the operator alone
 * judges. So they keep to what 1.25 has: no ip(), cidr() or format(), no messageExpression, no fieldPath.
 *
 * The API server estimates the cost of the worst object that the schema allows, and refuses the whole definition when one
 * rule exceeds 10,000,000 or all together 100,000,000. The estimate multiplies list lengths and text lengths, therefore every
 * list and text that a rule reads has a maximum in the schema. What has no such bound costs without end: text that the rule
 * makes (string() of a number) and, for older estimators, items of a list that it makes (filter()[0]). Kubernetes 1.36
 * estimates 4,450,000 for all rules, of which 2,840,000 are for comparing each address with each other one: check.ts tells.
 */

/** One `x-kubernetes-validations` entry. */
export type AdmissionRule = Readonly<{
  /** The field that `self` is: names joined by dots, `[]` for the items of a list. */
  at: string;
  /** CEL; true when the value is good. */
  rule: string;
  /** What is wrong, and what to do. */
  message: string;
}>;

/** An octet, a prefix length of 1 to 32 and one of 1 to 128, without leading zeroes. */
const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `${OCTET}([.]${OCTET}){3}`;
const IPV4_LENGTH = '(/([1-9]|[12][0-9]|3[0-2]))?';
const IPV6_LENGTH = '(/([1-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?';

/** The patterns below have neither quotes nor backslashes, so a CEL string holds them as they are. */
const matches = (text: string, pattern: string): string => `${text}.matches('${pattern}')`;

/** Groups of one to four digits, eight or "::"; a dotted quad may stand for the last two. What is wrong beyond that, the operator tells. */
const isIPv6 = (length: string): string =>
  [
    matches('self', `^([0-9a-fA-F]{0,4}:){2,8}([0-9a-fA-F]{0,4}|${IPV4})${length}$`),
    `!${matches('self', ':::|::.*::')}`,
    `(self.contains('::') || ${matches('self', '^([^:]+:){6,7}[^:]+$')})`,
  ].join(' && ');

const addressRules = (at: string, form: 'address' | 'prefix'): readonly AdmissionRule[] => [
  {
    at,
    rule: `self.contains(':') || ${matches('self', `^${IPV4}${form === 'prefix' ? IPV4_LENGTH : ''}$`)}`,
    message: `must be an IPv4 address such as ${form === 'prefix' ? '192.0.2.100/24, or without the length' : '192.0.2.2'}`,
  },
  {
    at,
    rule: `!self.contains(':') || (${isIPv6(form === 'prefix' ? IPV6_LENGTH : '')})`,
    message: `must be an IPv6 address such as ${form === 'prefix' ? '2001:db8::100/64, or without the length' : '2001:db8::2'}`,
  },
];

/** What no host can have as its own address; IPv6 as people write it, other spellings are left to the operator. */
const usableAddressRules = (at: string): readonly AdmissionRule[] => [
  {
    at,
    rule: `self.contains(':') || !${matches('self', '^(0|127|22[4-9]|2[3-5][0-9])[.]')}`,
    message:
      'must be an address that a host can have: not 0.0.0.0/8, loopback, multicast, reserved or broadcast',
  },
  {
    at,
    rule: `!${matches('self', '^(::1?(/.*)?|[fF]{2}[0-9a-fA-F]{2}:.*|::[fF]{4}:[0-9]+[.].*)$')}`,
    message:
      'must be an address that a host can have: not unspecified, loopback, multicast or an IPv4-mapped IPv6 address',
  },
];

const interfaceRule = (at: string): AdmissionRule => ({
  at,
  rule: "!(self in ['lo', '.', '..'])",
  message: 'must be the name of a network interface; lo has no neighbours',
});

const weightRule = (at: string): AdmissionRule => ({
  at,
  rule: 'self != 0',
  message: 'must not be 0, which would change nothing; leave weight out if the node shall leave the election',
});

const selectorRule = (at: string): AdmissionRule => ({
  at: `${at}.matchExpressions[]`,
  rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
  message: 'must have values with operator In or NotIn, and none with Exists or DoesNotExist',
});

const seconds = (duration: string, greatest: number): string =>
  `duration(${duration}) <= duration('${String(greatest)}s')`;

const SPEC = 'spec';

const addresses: readonly AdmissionRule[] = [
  ...addressRules(`${SPEC}.addresses[]`, 'prefix'),
  ...usableAddressRules(`${SPEC}.addresses[]`),
  {
    at: `${SPEC}.addresses`,
    rule: 'self.all(address, self.exists_one(other, other == address))',
    message: 'must not have an address twice; remove one',
  },
  {
    at: `${SPEC}.addresses`,
    rule: "self.filter(address, !address.contains(':')).size() <= 255",
    message:
      'must have at most 255 IPv4 addresses, which is what one advert holds; put the rest into another VirtualIP',
  },
  {
    at: `${SPEC}.addresses`,
    rule: "self.filter(address, address.contains(':')).size() <= 89",
    message:
      'must have at most 89 IPv6 addresses, which is what one advert holds; put the rest into another VirtualIP',
  },
  {
    at: SPEC,
    rule:
      'has(self.interface) || (has(self.nodes) && self.nodes.exists(node, has(node.interface))) || ' +
      "!self.addresses.exists(address, address.contains(':')) || " +
      `self.addresses.exists(address, address.contains(':') && !${matches('address', '^[fF][eE][89abAB][0-9a-fA-F]:')})`,
    message: 'interface must be set: link-local addresses could be on any interface',
  },
];

/** Milliseconds modulo 10 or 1000 are the same whether getMilliseconds() counts the whole duration or what is below a second. */
const INTERVAL = 'duration(self.advertisementInterval)';

const version: readonly AdmissionRule[] = [
  {
    at: SPEC,
    rule:
      `self.vrrpVersion != 3 || (${INTERVAL} >= duration('10ms') && ${INTERVAL} <= duration('40950ms') && ` +
      `${INTERVAL}.getMilliseconds() % 10 == 0)`,
    message: 'advertisementInterval must be 10ms to 40.95s in steps of 10ms with vrrpVersion 3',
  },
  {
    at: SPEC,
    rule:
      `self.vrrpVersion != 2 || (${INTERVAL} >= duration('1s') && ${INTERVAL} <= duration('255s') && ` +
      `${INTERVAL}.getMilliseconds() % 1000 == 0)`,
    message:
      'advertisementInterval must be whole seconds from 1s to 255s with vrrpVersion 2; use vrrpVersion 3 for shorter ones',
  },
  {
    at: SPEC,
    rule: "self.vrrpVersion != 2 || self.addresses.all(address, !address.contains(':'))",
    message:
      'addresses must be IPv4 with vrrpVersion 2; use vrrpVersion 3, or put IPv6 addresses into a VirtualIP of their own',
  },
  {
    at: SPEC,
    rule: "self.vrrpVersion != 3 || self.authentication.type == 'None'",
    message:
      'authentication is for vrrpVersion 2: version 3 has none; leave it out, or use vrrpVersion 2 on all routers of the segment',
  },
  {
    at: SPEC,
    rule:
      "self.checksum != 'MessageOnly' || (self.vrrpVersion == 3 && " +
      "self.addresses.exists(address, !address.contains(':')))",
    message: 'checksum MessageOnly is for IPv4 addresses with vrrpVersion 3; leave it out',
  },
];

const election: readonly AdmissionRule[] = [
  {
    at: `${SPEC}.priority`,
    rule: 'self <= 254',
    message:
      'must be at most 254; 255 is for the one node whose own addresses these are: give it to that node, under nodes',
  },
  {
    at: `${SPEC}.nodes`,
    rule: 'self.filter(node, has(node.priority) && node.priority == 255).size() <= 1',
    message: 'must not give priority 255 to more than one node: only one owns the addresses',
  },
  interfaceRule(`${SPEC}.interface`),
  interfaceRule(`${SPEC}.nodes[].interface`),
  {
    at: `${SPEC}.preemption.delay`,
    rule: seconds('self', 1000),
    message: 'must be at most 1000s',
  },
  {
    at: `${SPEC}.preemption`,
    rule: "!has(self.mode) || self.mode != 'NoPreempt' || duration(self.delay) == duration('0s')",
    message:
      'delay delays preemption, and mode NoPreempt never preempts; leave delay out, or use mode Preempt',
  },
  selectorRule(`${SPEC}.nodeSelector`),
];

/** The API server tries `default: {}` of an object before it fills in the defaults of its fields: hence has() here. */
const network: readonly AdmissionRule[] = [
  {
    at: `${SPEC}.authentication`,
    rule: "!has(self.type) || self.type != 'Password' || has(self.secretRef)",
    message: 'secretRef must name the Secret that holds the password when the type is Password',
  },
  {
    at: `${SPEC}.authentication`,
    rule: "!has(self.type) || self.type != 'None' || !has(self.secretRef)",
    message: 'secretRef is given, and the type is None; set type: Password',
  },
  {
    at: `${SPEC}.unicast`,
    rule: '!has(self.minHopLimit) || self.minHopLimit <= self.maxHopLimit',
    message: 'minHopLimit must not be above maxHopLimit',
  },
  {
    at: `${SPEC}.unicast`,
    rule: "!has(self.mode) || self.mode != 'Multicast' || !has(self.peers) || self.peers.size() == 0",
    message: 'peers are given, and the mode is Multicast; set mode: Unicast',
  },
  ...addressRules(`${SPEC}.unicast.peers[]`, 'address'),
  ...usableAddressRules(`${SPEC}.unicast.peers[]`),
  {
    at: `${SPEC}.announcement.delay`,
    rule: seconds('self', 3600),
    message: 'must be at most 1h',
  },
  {
    at: `${SPEC}.announcement.refresh`,
    rule: `duration(self) == duration('0s') || (duration(self) >= duration('1s') && ${seconds('self', 86_400)})`,
    message: 'must be 0s (none) or 1s to 24h',
  },
];

const probeHostRules = (at: string): readonly AdmissionRule[] => [
  ...addressRules(at, 'address'),
  {
    at,
    rule: `!${matches('self', '^(0[.]0[.]0[.]0|::|(22[4-9]|23[0-9])[.].*|[fF]{2}[0-9a-fA-F]{2}:.*)$')}`,
    message: 'must be the address of one host: not unspecified or multicast',
  },
];

const tracking: readonly AdmissionRule[] = [
  {
    at: `${SPEC}.track.pods.selector`,
    rule:
      '(has(self.matchLabels) && self.matchLabels.size() > 0) || ' +
      '(has(self.matchExpressions) && self.matchExpressions.size() > 0)',
    message: 'must not be empty, which would count every pod; set matchLabels or matchExpressions',
  },
  selectorRule(`${SPEC}.track.pods.selector`),
  weightRule(`${SPEC}.track.pods.weight`),
  weightRule(`${SPEC}.track.interfaces[].weight`),
  {
    at: `${SPEC}.track.probes`,
    rule: 'self.all(probe, !has(probe.name) || self.exists_one(other, has(other.name) && other.name == probe.name))',
    message: 'must not have two probes of one name; give one another name',
  },
  {
    at: `${SPEC}.track.probes[]`,
    rule: 'has(self.httpGet) != has(self.tcpSocket)',
    message: 'must have exactly one of httpGet and tcpSocket; write two probes for two checks',
  },
  {
    at: `${SPEC}.track.probes[]`,
    rule:
      "duration(self.timeout) >= duration('10ms') && " +
      '(duration(self.timeout).getSeconds() < self.periodSeconds || ' +
      '(duration(self.timeout).getSeconds() == self.periodSeconds && duration(self.timeout).getMilliseconds() % 1000 == 0))',
    message: 'timeout must be 10ms to the period (periodSeconds)',
  },
  weightRule(`${SPEC}.track.probes[].weight`),
  ...probeHostRules(`${SPEC}.track.probes[].httpGet.host`),
  ...probeHostRules(`${SPEC}.track.probes[].tcpSocket.host`),
];

/** The rules of a VirtualIP, in the order in which the API server tells what breaks them. */
export const virtualIPRules: readonly AdmissionRule[] = [
  ...addresses,
  ...version,
  ...election,
  ...network,
  ...tracking,
];
