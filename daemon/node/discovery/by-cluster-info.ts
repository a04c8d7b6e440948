import type { X509Certificate } from 'node:crypto';
import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { away } from '../apiserver/fault.ts';
import { ask, type Reply } from './ask.ts';
import { parseAuthorities, validAuthorities } from './authorities.ts';
import type { BootstrapToken } from './bootstrap-token.ts';
import { checkSkew, skewOf } from './clock-skew.ts';
import { CLUSTER_INFO, type ClusterInfo, clusterInfoOf } from './cluster-info.ts';
import { parseKubeconfig } from './kubeconfig.ts';
import { pinnedOf } from './pins.ts';
import { isSignedBy } from './signature.ts';

export interface ClusterInfoOptions {
  readonly server: string;
  /** `sha256:HEX`; none: the signature alone must do. */
  readonly pins: readonly string[];
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

/** What a server's cluster-info proves. */
export type Proof =
  | { readonly kind: 'proved'; readonly caPem: string }
  | {
      readonly kind: 'unsigned';
      /** By how many other tokens it is signed. */
      readonly others: number;
      /** As in TokenEvidence. */
      readonly isAccepted: boolean | undefined;
    };

/**
 * Proves who the cluster is as kubeadm does (cmd/kubeadm/app/discovery/token): what is read from whoever answers counts only
 * once it is signed with the token or its authority is pinned, and is the same when read again from the server that this
 * authority vouches for. Without a token the pins alone prove it. The token goes nowhere before that.
 * @throws BootletError E_CLOCK_SKEW, E_CLUSTER_INFO, E_CLUSTER_UNTRUSTED, E_TOKEN_UNKNOWN, and as `ask`
 */
export const proveByClusterInfo = async (options: ClusterInfoOptions, token?: BootstrapToken): Promise<Proof> => {
  const { server, pins, clock, stopping } = options;
  const url = urlOf(server, CLUSTER_INFO);
  const info = clusterInfoOf(await firstLook(url, clock, stopping), server);
  const where = `cluster-info of ${server}`;
  const authorities = authoritiesOf(info, where);
  const pinned = pinnedOf(authorities, pins);
  if (pins.length > 0 && pinned.length === 0) throw notPinned(server);

  const signature = token && info.signatures.get(token.id);
  const isSigned =
    token !== undefined && signature !== undefined && (await isSignedBy(token, info.kubeconfig, signature));
  // What nobody signed proves no more than the authorities that are pinned: who stands between may have added his own.
  const proved = isSigned ? authorities : pinned;
  const others = info.signatures.size;
  if (proved.length === 0) {
    if (signature !== undefined) throw forged(server, token?.id ?? '');
    return { kind: 'unsigned', others, isAccepted: undefined };
  }
  const caPem = validAuthorities(proved, where, clock.now());
  const again = clusterInfoOf(await ask({ url, to: { kind: 'verified', caPem } }, stopping), server);
  if (again.kubeconfig !== info.kubeconfig) throw changed(server);
  if (isSigned || token === undefined) return { kind: 'proved', caPem };
  if (signature !== undefined) throw wrongSecret(token.id);
  const { status } = await ask({ url, to: { kind: 'verified', caPem, bearer: token.token } }, stopping);
  if (status === 429 || status >= 500) throw away(server, `it has ${status} for who shows a token`);
  return { kind: 'unsigned', others, isAccepted: status !== 401 };
};

/**
 * The authorities that the cluster tells of now, over a connection for which the known ones vouch: in a rotation the old
 * ones vouch for the new. @throws BootletError E_CLUSTER_INFO, E_CA_INVALID, and as `ask`
 */
export const authoritiesNow = async (
  { server, clock, stopping }: Omit<ClusterInfoOptions, 'pins'>,
  caPem: string,
): Promise<string> => {
  const info = clusterInfoOf(
    await ask({ url: urlOf(server, CLUSTER_INFO), to: { kind: 'verified', caPem } }, stopping),
    server,
  );
  const where = `cluster-info of ${server}`;
  return validAuthorities(authoritiesOf(info, where), where, clock.now());
};

export const urlOf = (server: string, path: string): string => `${server.replace(/\/+$/, '')}${path}`;

/** The only question that is put to whoever answers. It holds nothing, and its answer proves nothing but the time. */
export const firstLook = async (url: string, clock: Clock, stopping: AbortSignal): Promise<Reply> => {
  const sentAt = clock.now();
  const reply = await ask({ url, to: { kind: 'anyone' } }, stopping);
  const now = clock.now();
  checkSkew(new URL(url).origin, skewOf(reply.date, sentAt, now), now);
  return reply;
};

const authoritiesOf = ({ kubeconfig }: ClusterInfo, where: string): X509Certificate[] => {
  const { authority } = parseKubeconfig(kubeconfig, where);
  if (authority === undefined || 'file' in authority)
    throw new BootletError('E_CLUSTER_INFO', `${where} does not hold the cluster's authority`, { retryable: false });
  return parseAuthorities(authority.data, where);
};

const ELSE = 'If it is the right server, somebody between it and this host answers in its place.';

const notPinned = (server: string): BootletError =>
  new BootletError(
    'E_CLUSTER_UNTRUSTED',
    `${server} tells of an authority that is none of cluster.discovery.caCertHashes`,
    {
      hint: `\`kubeadm token create --print-join-command\` on a control plane prints the hash. ${ELSE}`,
      retryable: false,
    },
  );

const forged = (server: string, id: string): BootletError =>
  new BootletError(
    'E_CLUSTER_UNTRUSTED',
    `what ${server} tells of the cluster is not signed with the secret of the token ${id}`,
    {
      hint: `The part after the dot may be mistyped. ${ELSE}`,
      retryable: false,
    },
  );

const wrongSecret = (id: string): BootletError =>
  new BootletError(
    'E_TOKEN_UNKNOWN',
    `the cluster has a token ${id}, but its secret is not the one in the token file`,
    {
      hint: 'The part after the dot is mistyped, or the token was made anew with the same id: `kubeadm token list` on a control plane shows it.',
      retryable: false,
    },
  );

/** It may have been written between the two looks. */
const changed = (server: string): BootletError =>
  new BootletError('E_CLUSTER_UNTRUSTED', `${server} tells something else of the cluster once it is verified`, {
    hint: ELSE,
  });
