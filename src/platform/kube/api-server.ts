/** TLS settings as `node:https` takes them. */
export type TlsOptions = Readonly<{
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  pfx?: string | Buffer;
  passphrase?: string;
  /** The name to expect in the server's certificate, when it is not that of the address. */
  servername?: string;
  rejectUnauthorized?: boolean;
}>;

/** What one request needs to be let in. */
export type Credentials = Readonly<{
  headers: Readonly<Record<string, string>>;
  tls: TlsOptions;
  /** Connections go through this one, e.g. a proxy's. Default: the client's own. */
  agent?: import('node:https').Agent;
}>;

/** Where the API server is, and as whom we come. */
export interface ApiServer {
  /** https; a path in it comes before that of every request. */
  readonly url: URL;
  /** Where the address and the credentials were found, for people. */
  readonly origin: string;
  /** The namespace that we are in, or that the current context names. */
  readonly namespace: string;
  /** Asked before each request, so that tokens and certificates may rotate. */
  credentials(): Promise<Credentials>;
}

/** There is no way to the API server: the message says what is missing and what to do. */
export class NoApiServer extends Error {
  override readonly name = 'NoApiServer';
}
