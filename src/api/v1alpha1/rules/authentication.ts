import { type Rule, rule } from './rule.js';

/** Why `password` does not fit RFC 2338's authentication field; null: it fits. The password is not in the text. */
export function passwordProblem(password: string): string | null {
  const octets = new TextEncoder().encode(password).length;
  if (octets < 1 || octets > 8) return `must be 1 to 8 octets long, is ${String(octets)}`;
  // The field is padded with zeroes, so that "a" and "a\0" are one password; line breaks are a slip.
  return /\p{Cc}/u.test(password) ? 'must not contain control characters' : null;
}

const version2Only = rule(['vrrpVersion', 'authentication'], ({ vrrpVersion, authentication }, report) => {
  if (vrrpVersion === 3 && authentication.type !== 'None')
    report.problem(
      ['authentication', 'type'],
      'is for VRRP version 2: version 3 has no authentication',
      'leave authentication out, or use vrrpVersion: 2 on all routers',
    );
});

const passwordSource = rule(['authentication'], ({ authentication }, report, surroundings) => {
  const forms =
    surroundings === 'standalone' ? (['password', 'passwordFile'] as const) : (['secretRef'] as const);
  const given = (['password', 'passwordFile', 'secretRef'] as const).filter(
    (form) => authentication[form] !== undefined,
  );
  if (authentication.type === 'None') {
    for (const form of given)
      report.problem(['authentication', form], 'is given, and the type is None', 'set type: Password');
    return;
  }
  for (const form of given)
    if (!forms.some((allowed) => allowed === form))
      report.problem(
        ['authentication', form],
        surroundings === 'standalone'
          ? 'needs a cluster'
          : 'is for standalone agents: it would be readable by all',
        `use ${forms.join(' or ')}`,
      );
  if (given.length === 0) report.problem(['authentication'], 'has no password', `set ${forms.join(' or ')}`);
  if (given.length > 1)
    report.problem(['authentication'], `has more than one password: ${given.join(', ')}`, 'keep one');
});

const passwordOctets = rule(['authentication'], ({ authentication: { password } }, report) => {
  const problem = password === undefined ? null : passwordProblem(password);
  if (problem !== null) report.problem(['authentication', 'password'], problem);
});

export const authenticationRules: readonly Rule[] = [version2Only, passwordSource, passwordOctets];
