import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

import { command } from '../command.js';
import { API_PORT, API_SERVICE, CONTROL_PLANE, WORKERS, addressOf } from './settings.js';

/** A certificate and its key are the files NAME.crt and NAME.key. */
type Certificate = Readonly<{
  name: string;
  /** The name of the authority that signs it. */
  authority: string;
  /** As openssl writes it: `/O=system:nodes/CN=system:node:w1`. Kubernetes reads groups and user from it. */
  subject: string;
  usage: 'serverAuth' | 'clientAuth' | 'serverAuth,clientAuth';
  alternatives?: string;
}>;

const AUTHORITIES = ['ca', 'etcd-ca', 'front-proxy-ca'];

const API_NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost'];
const API_ADDRESSES = ['127.0.0.1', addressOf(CONTROL_PLANE), API_SERVICE];
const local = 'DNS:localhost,IP:127.0.0.1';

const CERTIFICATES: readonly Certificate[] = [
  {
    ...{ name: 'apiserver', authority: 'ca', subject: '/CN=kube-apiserver', usage: 'serverAuth' },
    alternatives: [
      ...API_NAMES.map((name) => `DNS:${name}`),
      ...API_ADDRESSES.map((ip) => `IP:${ip}`),
    ].join(),
  },
  client('apiserver-kubelet-client', '/O=system:masters/CN=kube-apiserver-kubelet-client'),
  client('apiserver-etcd-client', '/CN=kube-apiserver-etcd-client', 'etcd-ca'),
  client('front-proxy-client', '/CN=front-proxy-client', 'front-proxy-ca'),
  client('admin', '/O=system:masters/CN=kubernetes-admin'),
  client('controller-manager', '/CN=system:kube-controller-manager'),
  client('scheduler', '/CN=system:kube-scheduler'),
  client('proxy', '/CN=system:kube-proxy'),
  {
    ...{ name: 'etcd', authority: 'etcd-ca', subject: '/CN=etcd', usage: 'serverAuth,clientAuth' },
    alternatives: local,
  },
  ...WORKERS.flatMap((worker): Certificate[] => [
    client(worker.name, `/O=system:nodes/CN=system:node:${worker.name}`),
    {
      ...{ name: `${worker.name}-serving`, authority: 'ca', usage: 'serverAuth' },
      subject: `/O=system:nodes/CN=system:node:${worker.name}`,
      alternatives: `DNS:${worker.name},IP:${addressOf(worker)}`,
    },
  ]),
];

/** Who talks to the API server with a file of credentials. */
const USERS = ['admin', 'controller-manager', 'scheduler', 'proxy', ...WORKERS.map(({ name }) => name)];

function client(name: string, subject: string, authority = 'ca'): Certificate {
  return { name, authority, subject, usage: 'clientAuth' };
}

/** Makes all certificates and credentials of a new cluster in `folder`. They are valid for a year. */
export async function makeCertificates(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await Promise.all(AUTHORITIES.map((name) => makeAuthority(folder, name)));
  await Promise.all(CERTIFICATES.map((certificate) => makeCertificate(folder, certificate)));
  await makeKey(folder, 'service-accounts');
  const key = join(folder, 'service-accounts.key');
  await command(['openssl', 'pkey', '-in', key, '-pubout', '-out', join(folder, 'service-accounts.pub')]);
  for (const user of USERS)
    writeFileSync(join(folder, `${user}.kubeconfig`), kubeconfig(folder, user), { mode: 0o600 });
}

const makeKey = (folder: string, name: string): Promise<string> =>
  command([
    ...['openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ...['-out', join(folder, `${name}.key`)],
  ]);

async function makeAuthority(folder: string, name: string): Promise<void> {
  await makeKey(folder, name);
  await command([
    ...['openssl', 'req', '-x509', '-new', '-days', '366', '-subj', `/CN=kube-vrrp-test-${name}`],
    ...['-key', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
    ...[
      '-addext',
      'basicConstraints=critical,CA:TRUE',
      '-addext',
      'keyUsage=critical,keyCertSign,digitalSignature',
    ],
  ]);
}

async function makeCertificate(folder: string, certificate: Certificate): Promise<void> {
  const { name, authority, subject, usage, alternatives } = certificate;
  const path = (file: string): string => join(folder, file);
  const extensions = [
    'basicConstraints=CA:FALSE',
    'keyUsage=critical,digitalSignature,keyEncipherment',
    `extendedKeyUsage=${usage}`,
    ...(alternatives === undefined ? [] : [`subjectAltName=${alternatives}`]),
  ];
  writeFileSync(path(`${name}.ext`), extensions.join('\n'));
  await makeKey(folder, name);
  const request = await command(['openssl', 'req', '-new', '-key', path(`${name}.key`), '-subj', subject]);
  await command(
    [
      ...[
        'openssl',
        'x509',
        '-req',
        '-days',
        '365',
        '-CA',
        path(`${authority}.crt`),
        '-CAkey',
        path(`${authority}.key`),
      ],
      ...['-out', path(`${name}.crt`), '-extfile', path(`${name}.ext`)],
    ],
    request,
  );
}

function kubeconfig(folder: string, user: string): string {
  const base64 = (file: string): string => readFileSync(join(folder, file)).toString('base64');
  const server = `https://${addressOf(CONTROL_PLANE)}:${String(API_PORT)}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64('ca.crt') } }],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': base64(`${user}.crt`),
          'client-key-data': base64(`${user}.key`),
        },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    'current-context': 'test',
  });
}
