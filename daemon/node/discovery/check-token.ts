import type { Config } from '../../config/schema.ts';
import { BootletError } from '../../errors.ts';
import { unless } from '../../host/missing.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { connectTo } from '../apiserver/connect.ts';
import { nodeMeters } from '../meters.ts';
import { parseAuthorities } from './authorities.ts';
import { type BootstrapToken, readToken } from './bootstrap-token.ts';
import { proveByClusterInfo } from './by-cluster-info.ts';
import { Discoverer } from './discoverer.ts';
import { pinOf } from './pins.ts';
import { judgeUnsigned, refusedToken, unknownToken } from './token-verdict.ts';
import type { ClusterTrust } from './trust.ts';

/** What a node asks for with its token. */
const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

export interface TokenCheckOptions {
  readonly cluster: Config['cluster'];
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** How long the signature is waited for that a new token does not have yet. */
  readonly patienceMs: number;
  readonly onProgress: (text: string) => void;
}

/** A token by which this host can join, and the cluster that knows it. */
export interface GoodToken {
  readonly token: BootstrapToken;
  readonly trust: ClusterTrust;
}

/**
 * Finds out who the cluster is, and whether it takes the token on this host; the host asks for nothing yet.
 * @throws BootletError E_NOT_FOUND where there is no token; E_TOKEN_* for what is wrong with it; E_TIMEOUT while cluster-info
 * is not signed with it; as `Discoverer.discover` and `Apiserver.call`
 */
export const checkToken = async (options: TokenCheckOptions): Promise<GoodToken> => {
  const { cluster, clock, onProgress } = options;
  const { tokenFile } = cluster;
  const token = await readToken(tokenFile);
  if (token === undefined) {
    throw new BootletError('E_NOT_FOUND', `there is no token file ${tokenFile}`, {
      hint: `on a control plane: kubeadm token create; what it prints goes into ${tokenFile} (root's, mode 0600)`,
      retryable: false,
    });
  }
  onProgress(`${tokenFile} holds the token ${token.id}`);
  const trust = await trustOf(token, options);
  onProgress(`the cluster is known: ${trust.servers.join(', ')}`);
  const access = { ...trust, identity: { kind: 'token', token: token.token } } as const;
  await using apiserver = connectTo(access, clock, nodeMeters());
  const { status } = await apiserver.call({ method: 'GET', path: REQUESTS, query: { limit: '1' }, expect: [401, 403] });
  if (status === 401) throw await refusalOf401(token, trust, options);
  if (status === 403) throw mayNotAsk(token.id);
  onProgress(`the cluster takes the token ${token.id}, and nodes may ask for certificates with it`);
  return { token, trust };
};

const trustOf = async (token: BootstrapToken, options: TokenCheckOptions): Promise<ClusterTrust> => {
  const { cluster, clock, stopping, patienceMs, onProgress } = options;
  const discoverer = new Discoverer({ cluster, clock, stopping });
  const deadline = clock.now() + patienceMs;
  for (let told = ''; ; ) {
    const found = await discoverer.discover(token);
    if (found.state === 'trusted') return { servers: found.servers, caPem: found.caPem };
    if (found.message !== told) onProgress(found.message);
    told = found.message;
    if (clock.now() >= deadline) throw new BootletError('E_TIMEOUT', found.message, { hint: NOT_SIGNED });
    await new Promise<void>((resolve) => clock.setTimer(Math.min(found.retryAt, deadline), resolve));
  }
};

const NOT_SIGNED =
  'A token that was made a moment ago is signed with within seconds. Else it lacks the usage signing, or the controller manager runs without its controller bootstrapsigner.';

/**
 * What a 401 means: where the authority was given, nobody has looked yet whether the cluster knows the token at all.
 * @throws BootletError of the look, and E_TOKEN_EXPIRED, E_TOKEN_UNKNOWN, E_TOKEN_USAGE as `judgeUnsigned`
 */
export const refusalOf401 = async (
  token: BootstrapToken,
  { servers, caPem = '' }: ClusterTrust,
  { clock, stopping }: Pick<TokenCheckOptions, 'clock' | 'stopping'>,
): Promise<BootletError> => {
  const pins = parseAuthorities(caPem, 'the authority of the cluster').map(pinOf);
  const [server = ''] = servers;
  const proof = await unless(['E_CLUSTER_INFO'], proveByClusterInfo({ server, pins, clock, stopping }, token));
  const ageMs = clock.now() - token.writtenAt;
  if (proof === undefined) return unknownToken({ id: token.id, ageMs });
  if (proof.kind === 'proved') return refusedToken(token.id);
  const { others } = proof;
  judgeUnsigned({ id: token.id, ageMs, missingMs: 0, wasKnown: false, others, isAccepted: false });
  return refusedToken(token.id);
};

const mayNotAsk = (id: string): BootletError =>
  new BootletError(
    'E_TOKEN_USAGE',
    `the cluster takes the token ${id}, but lets nobody ask for a certificate with it`,
    {
      hint: 'It is of none of the groups that may: `kubeadm token create --groups system:bootstrappers:kubeadm:default-node-token`, which `kubeadm init` binds to the role system:node-bootstrapper.',
      retryable: false,
    },
  );
