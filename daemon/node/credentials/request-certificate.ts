import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import { type Clock, sleep } from '../../reconcile/clock.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { clientUsages, requestName, signingRequest } from './signing-request.ts';

const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
const CONFLICT = 409;

/** Who ends watches at once shall not be asked for one after another. */
const REOPEN_MS = 1000;

/** What came of asking for a certificate. */
export type Asked =
  | { readonly state: 'issued'; readonly certificatePem: string }
  /** Nobody approved or signed it yet. */
  | { readonly state: 'pending'; readonly name: string; readonly isApproved: boolean }
  /** With this key it will never come. */
  | { readonly state: 'denied'; readonly name: string; readonly message: string };

export interface CertificateRequest {
  readonly keyPem: string;
  readonly nodeName: string;
  readonly clock: Clock;
}

/**
 * Asks the cluster for the client certificate of a node and waits for it until `signal` aborts; asking again goes on
 * with the same request, which is known by the key.
 * @throws BootletError as `Apiserver.call`; E_APISERVER_REFUSED when someone deleted the request
 */
export const requestCertificate = async (
  apiserver: Apiserver,
  { keyPem, nodeName, clock }: CertificateRequest,
  signal: AbortSignal,
): Promise<Asked> => {
  const name = requestName(keyPem, nodeName);
  const request = await signingRequest(keyPem, nodeName);
  const body = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { request: Buffer.from(request).toString('base64'), signerName: SIGNER, usages: clientUsages },
  };
  const made = await apiserver.call({ method: 'POST', path: REQUESTS, body, expect: [CONFLICT] });
  const present =
    made.status === CONFLICT ? await apiserver.call({ method: 'GET', path: `${REQUESTS}/${name}` }) : made;
  let last = standing(present.body, name);
  // An ended watch is begun anew, from what is there by then: it shows every request of this name first.
  while (last.state === 'pending' && !signal.aborted) {
    const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: '0' };
    for await (const { type, object } of apiserver.watch(REQUESTS, query, signal)) {
      if (type === 'DELETED') throw new BootletError('E_APISERVER_REFUSED', `someone deleted the request ${name}`);
      if (type === 'ERROR') throw new BootletError('E_APISERVER_REFUSED', `the watch of ${name} was refused`);
      last = standing(object, name);
      if (last.state !== 'pending') return last;
    }
    await sleep(clock, REOPEN_MS, signal);
  }
  return last;
};

/** Of a v1.CertificateSigningRequest. */
const standing = (request: unknown, name: string): Asked => {
  const status = isMap(request) && isMap(request['status']) ? request['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isMap) : [];
  const refused = conditions.find(({ type }) => type === 'Denied' || type === 'Failed');
  if (refused !== undefined) return { state: 'denied', name, message: String(refused['message'] ?? refused['type']) };
  const isApproved = conditions.some(({ type }) => type === 'Approved');
  const certificate = status['certificate'];
  if (!isApproved || typeof certificate !== 'string' || certificate === '')
    return { state: 'pending', name, isApproved };
  return { state: 'issued', certificatePem: Buffer.from(certificate, 'base64').toString() };
};
