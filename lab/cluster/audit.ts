import { existsSync, readFileSync } from 'node:fs';

import { AUDIT_LOG } from './control-plane.js';

/** A request that a program made of the API server with its service account. */
export type AuditedRequest = Readonly<{
  /** Wall-clock milliseconds. */
  at: number;
  /** `NAMESPACE/NAME` of the service account. */
  serviceAccount: string;
  verb: string;
  /** The group of the resource; empty for the core group. */
  group: string;
  /** `pods`, or with a subresource `pods/status`; empty for requests outside resources. */
  resource: string;
  namespace: string;
  name: string;
  uri: string;
  /** The address that it came from. */
  source: string;
  /** The status of the answer. */
  code: number;
}>;

type AuditEvent = Readonly<{
  requestReceivedTimestamp: string;
  user: { username: string };
  verb: string;
  requestURI: string;
  sourceIPs?: readonly string[];
  objectRef?: {
    apiGroup?: string;
    resource?: string;
    subresource?: string;
    namespace?: string;
    name?: string;
  };
  responseStatus?: { code?: number };
}>;

/** All requests of service accounts outside kube-system since the cluster started, in the order of their answers. */
export function auditedRequests(): AuditedRequest[] {
  if (!existsSync(AUDIT_LOG)) return [];
  // The last line may be half written.
  const lines = readFileSync(AUDIT_LOG, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => auditedRequest(JSON.parse(line) as AuditEvent));
}

/** What of an event of `audit.k8s.io/v1` matters. */
export function auditedRequest(event: AuditEvent): AuditedRequest {
  const { apiGroup = '', resource = '', subresource, namespace = '', name = '' } = event.objectRef ?? {};
  return {
    at: Date.parse(event.requestReceivedTimestamp),
    serviceAccount: event.user.username.replace('system:serviceaccount:', '').replace(':', '/'),
    verb: event.verb,
    group: apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    uri: event.requestURI,
    source: event.sourceIPs?.[0] ?? '',
    code: event.responseStatus?.code ?? 0,
  };
}
