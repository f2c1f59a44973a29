import { passwordProblem } from '../../api/v1alpha1/rules/authentication.js';
import type { VirtualIPSpec } from '../../api/v1alpha1/virtual-ip.js';
import type { KubeObject } from '../../platform/kube/ports.js';
import { type Result, ok, refused } from '../../values/result.js';

/** As much of a Secret as is read; values are base64. */
export type KubeSecret = KubeObject & Readonly<{ data?: Readonly<Record<string, string>> }>;

/** Which entry of which Secret. */
export type SecretEntry = Readonly<{ namespace: string; name: string; key: string }>;

/** Where a VirtualIP's password is; null: it needs none, or does not say. */
export function passwordEntry(
  spec: Pick<VirtualIPSpec, 'authentication'> | undefined,
  ownNamespace: string,
): SecretEntry | null {
  const authentication = spec?.authentication;
  const reference = authentication?.secretRef;
  if (authentication?.type !== 'Password' || reference === undefined) return null;
  return {
    namespace: reference.namespace ?? ownNamespace,
    name: reference.name,
    key: reference.key ?? 'password',
  };
}

/** The password in a Secret; refused with a sentence that does not repeat it. One line break at its end does not count. */
export function passwordIn(
  secret: KubeSecret | undefined,
  { namespace, name, key }: SecretEntry,
): Result<string, string> {
  const where = `Secret ${namespace}/${name}`;
  if (secret === undefined)
    return refused(
      `${where} does not exist: create it with "kubectl create secret generic ${name} -n ${namespace} --from-literal=${key}=PASSWORD"`,
    );
  const encoded = secret.data?.[key];
  if (encoded === undefined) {
    const keys = Object.keys(secret.data ?? {});
    return refused(
      `${where} has no entry "${key}"${keys.length === 0 ? '; it is empty' : `; it has ${keys.join(', ')}`}`,
    );
  }
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (text.includes('\u{fffd}')) return refused(`the entry "${key}" of ${where} is not UTF-8 text`);
  const problem = passwordProblem(text);
  return problem === null ? ok(text) : refused(`the entry "${key}" of ${where} ${problem}`);
}
