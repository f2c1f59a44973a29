import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { stringify } from 'yaml';

import { etcdClientFlags, etcdCommand } from '../../../lab/cluster/etcd.js';
import { flags } from '../../../lab/cluster/flags.js';
import { makeCertificates } from '../../../lab/cluster/pki.js';
import type { Lab } from '../../../lab/lab.js';
import { Program } from '../../../lab/program.js';
import { freePorts } from './ports.js';
import { type Access, type Tokens, USERS, type UserName, newTokens, tokenFile } from './users.js';

/** What the API server is to be like. */
export type ApiServerSettings = Readonly<{
  /** How many requests it works on at the same time; what is more is refused with 429. null: Kubernetes' defaults. */
  inFlight: Readonly<{ reading: number; writing: number }> | null;
}>;

/** Milliseconds for a start on a machine that has other things to do. */
const PATIENCE = 120_000;
const ASK_AGAIN = 50;
const LAST_LINES = 20;

/** etcd and a kube-apiserver on the loopback address, of this process and in its temporary folder. */
export class ControlPlane {
  readonly auditLog: string;
  readonly #said: string[] = [];
  #apiServer: Program | null = null;

  private constructor(
    private readonly lab: Lab,
    private readonly programs: string,
    private readonly folder: string,
    private readonly ports: Readonly<{ api: number; etcd: number; peers: number }>,
    private readonly tokens: Tokens,
    private readonly settings: ApiServerSettings,
  ) {
    this.auditLog = join(folder, 'audit.log');
  }

  /** `programs`: the folder with kube-apiserver. */
  static async start(lab: Lab, programs: string, settings: ApiServerSettings): Promise<ControlPlane> {
    const folder = join(lab.directory, 'control-plane');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await makeCertificates(join(folder, 'certificates'));
    const [api = 0, etcd = 0, peers = 0] = await freePorts(3);
    const one = new ControlPlane(lab, programs, folder, { api, etcd, peers }, newTokens(), settings);
    await one.#start();
    return one;
  }

  accessOf(user: UserName): Access {
    const ca = readFileSync(this.#certificate('ca.crt'), 'utf8');
    return { port: this.ports.api, token: this.tokens[user], ca };
  }

  get apiServerPid(): number {
    return this.#apiServer?.pid ?? 0;
  }

  /** It dies without a word; etcd lives on. */
  async killApiServer(): Promise<void> {
    await this.#apiServer?.kill();
  }

  /** Resolves when it is ready. Throws when it ends before. */
  async startApiServer(): Promise<void> {
    const argv = [join(this.programs, 'kube-apiserver'), ...this.#apiServerFlags()];
    const program = await this.#run(argv);
    this.#apiServer = program;
    const { ca, token } = this.accessOf('bench');
    const deadline = performance.now() + PATIENCE;
    while (!(await isReady(this.ports.api, ca, token))) {
      if (!program.running || performance.now() > deadline)
        throw new Error(`kube-apiserver does not become ready; its last lines:\n${this.#said.join('\n')}`);
      await pass(ASK_AGAIN);
    }
  }

  async #start(): Promise<void> {
    writeFileSync(join(this.folder, 'tokens.csv'), tokenFile(this.tokens), { mode: 0o600 });
    writeFileSync(join(this.folder, 'audit-policy.yaml'), stringify(AUDIT_POLICY));
    mkdirSync(join(this.folder, 'etcd'));
    await this.#run(this.#etcd());
    await this.startApiServer();
  }

  async #run(argv: readonly string[]): Promise<Program> {
    // It dies with this process, however that ends.
    const program = await Program.start(['setpriv', '--pdeathsig', 'KILL', ...argv], {
      line: (text) => {
        this.#said.push(text);
        if (this.#said.length > LAST_LINES) this.#said.shift();
      },
    });
    this.lab.defer(async () => {
      if (program.running) await program.kill();
    });
    return program;
  }

  #etcd(): string[] {
    return etcdCommand({
      folder: join(this.folder, 'etcd'),
      certificates: this.#certificates,
      ports: { clients: this.ports.etcd, peers: this.ports.peers },
      size: '4g',
      logLevel: 'error',
    });
  }

  #apiServerFlags(): string[] {
    const { inFlight } = this.settings;
    return flags({
      'bind-address': '127.0.0.1',
      'advertise-address': '127.0.0.1',
      'secure-port': this.ports.api,
      'insecure-port': 0,
      ...etcdClientFlags(this.#certificates, this.ports.etcd),
      'client-ca-file': this.#certificate('ca.crt'),
      'tls-cert-file': this.#certificate('apiserver.crt'),
      'tls-private-key-file': this.#certificate('apiserver.key'),
      'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
      'service-account-key-file': this.#certificate('service-accounts.pub'),
      'service-account-signing-key-file': this.#certificate('service-accounts.key'),
      // Of RFC 2544's range; nothing is sent there.
      'service-cluster-ip-range': '198.18.0.0/24',
      // The addresses of the service `kubernetes`, which nobody asks for, would have to be none of the loopback.
      'endpoint-reconciler-type': 'none',
      'authorization-mode': 'RBAC',
      'token-auth-file': join(this.folder, 'tokens.csv'),
      'audit-log-path': this.auditLog,
      'audit-policy-file': join(this.folder, 'audit-policy.yaml'),
      ...(inFlight === null
        ? {}
        : {
            // With priority and fairness, requests wait in queues instead of being refused.
            'enable-priority-and-fairness': false,
            'max-requests-inflight': inFlight.reading,
            'max-mutating-requests-inflight': inFlight.writing,
          }),
      v: 0,
    });
  }

  get #certificates(): string {
    return join(this.folder, 'certificates');
  }

  #certificate(file: string): string {
    return join(this.#certificates, file);
  }
}

/** What the operator asks for, once per request: a watch when it begins, everything else when it is answered. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: [USERS.operator.name] }, { level: 'None' }],
};

const isReady = (port: number, ca: string, token: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = get(
      {
        host: '127.0.0.1',
        port,
        path: '/readyz',
        ca,
        headers: { authorization: `Bearer ${token}` },
        agent: false,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.on('error', () => resolve(false));
  });

/** What is missing for a control plane; null: nothing. */
export const missingForControlPlane = (programs: string): string | null =>
  existsSync(join(programs, 'kube-apiserver')) ? null : `there is no kube-apiserver in ${programs}`;
