import { randomBytes } from 'node:crypto';

import type { ApiServer } from '../../../src/platform/kube/api-server.js';

/** Where operator and agents are at home: the namespace of the manifest that is installed. */
export const NAMESPACE = 'kube-vrrp-system';

/** Who talks to the API server; operator and agents with the names, and so with the rights, of their service accounts. */
export const USERS = {
  bench: { name: 'bench', groups: ['system:masters'] },
  operator: serviceAccount('kube-vrrp-operator'),
  agents: serviceAccount('kube-vrrp-agent'),
} as const;

export type UserName = keyof typeof USERS;
export type Tokens = Readonly<Record<UserName, string>>;

function serviceAccount(name: string): Readonly<{ name: string; groups: readonly string[] }> {
  return {
    name: `system:serviceaccount:${NAMESPACE}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`, 'system:authenticated'],
  };
}

export const newTokens = (): Tokens => ({ bench: token(), operator: token(), agents: token() });

const token = (): string => randomBytes(16).toString('hex');

/** The file that `--token-auth-file` of the API server names. */
export const tokenFile = (tokens: Tokens): string =>
  (Object.keys(USERS) as UserName[])
    .map((user) => {
      const { name, groups } = USERS[user];
      return `${tokens[user]},${name},${user},"${groups.join()}"\n`;
    })
    .join('');

/** How a process reaches the API server; plain data, so that it can be sent to another process. */
export type Access = Readonly<{ port: number; token: string; ca: string }>;

/** `headers`: are sent with each request as well. */
export function apiServerFor(
  { port, token: bearer, ca }: Access,
  headers: Readonly<Record<string, string>> = {},
): ApiServer {
  const credentials = Promise.resolve({
    headers: { authorization: `Bearer ${bearer}`, ...headers },
    tls: { ca },
  });
  return {
    url: new URL(`https://127.0.0.1:${String(port)}`),
    origin: 'the bench',
    namespace: NAMESPACE,
    credentials: () => credentials,
  };
}
