import { readFile } from 'node:fs/promises';

/** Who asks what, without bodies; what the control plane asks of itself, and the lab of it, is left out. */
export const AUDIT_POLICY = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:apiserver', 'system:kube-controller-manager', 'system:kube-scheduler'] },
    { level: 'None', userGroups: ['system:masters', 'system:serviceaccounts'] },
    { level: 'None', nonResourceURLs: ['/readyz'] },
    { level: 'Metadata' },
  ],
});

/** One request as the apiserver's audit log has it; a watch is in it from its first answer. */
export interface AuditedRequest {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  /** Path and query. */
  readonly uri: string;
  /** `nodes/status`; '' where it is none of the API. */
  readonly resource: string;
  readonly code: number;
  readonly userAgent: string;
  /** ms since the epoch. */
  readonly at: number;
}

interface AuditEvent {
  readonly auditID: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly userAgent?: string;
  readonly requestReceivedTimestamp: string;
}

/** Every request that the audit logs have, oldest first. */
export const auditedRequests = async (files: readonly string[]): Promise<AuditedRequest[]> => {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const byId = new Map<string, AuditedRequest>();
  for (const line of texts.join('').split('\n')) {
    if (!line.endsWith('}')) continue;
    const event = JSON.parse(line) as AuditEvent;
    const { resource = '', subresource } = event.objectRef ?? {};
    byId.set(event.auditID, {
      user: event.user.username,
      groups: event.user.groups ?? [],
      verb: event.verb,
      uri: event.requestURI,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      code: event.responseStatus?.code ?? 0,
      userAgent: event.userAgent ?? '',
      at: Date.parse(event.requestReceivedTimestamp),
    });
  }
  return [...byId.values()].sort((a, b) => a.at - b.at);
};
