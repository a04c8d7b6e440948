import { BootletError, type ErrorCode } from '../../errors.ts';
import type { DiscoveryObstacle } from './discovery.ts';

/** As long as kubeadm waits for the signature. */
const PATIENCE_MS = 5 * 60_000;
/** kubeadm's tokens live for 24 hours unless told otherwise. */
const COMMON_LIFE_MS = 24 * 3_600_000;

/** What is known of a token with which cluster-info is not signed. */
export interface TokenEvidence {
  readonly id: string;
  /** How old its file is. */
  readonly ageMs: number;
  /** Since this daemon first saw that the signature is missing. */
  readonly missingMs: number;
  /** cluster-info was signed with it before, or the cluster took it for a credential. */
  readonly wasKnown: boolean;
  /** How many other tokens cluster-info is signed with. */
  readonly others: number;
  /** Whether the cluster, proved to be itself, takes it for a credential; undefined where nothing is pinned to prove it by. */
  readonly isAccepted: boolean | undefined;
}

const NEW_TOKEN =
  '`kubeadm token create` on a control plane makes a new one, `kubeadm token list` shows those there are.';
const NOT_SIGNING =
  'It signs with other tokens, so this one lacks the usage signing: `kubeadm token create --usages signing,authentication`.';
const NOBODY_SIGNS =
  'The token lacks the usage signing, or the controller manager runs without its controller bootstrapsigner.';

/**
 * What to tell of it, and no more than is known: the cluster says neither why a signature is missing nor why a credential
 * is not taken, and it forgets a token that expires.
 * @returns what is waited for
 * @throws BootletError E_TOKEN_EXPIRED, E_TOKEN_UNKNOWN, E_TOKEN_USAGE
 */
export const judgeUnsigned = (evidence: TokenEvidence): DiscoveryObstacle => {
  const { id, missingMs, wasKnown, others, isAccepted } = evidence;
  const isPatient = missingMs < PATIENCE_MS;
  if (isAccepted === true) {
    if (isPatient) return notSigned(`the cluster knows the token ${id}, and has not signed cluster-info with it yet`);
    const hint = others > 0 ? NOT_SIGNING : NOBODY_SIGNS;
    throw hopeless('E_TOKEN_USAGE', `the cluster takes the token ${id}, but does not sign cluster-info with it`, hint);
  }
  if (wasKnown) {
    const gone = `the cluster knew the token ${id}, and does not any more: it has expired, or was deleted`;
    throw hopeless('E_TOKEN_EXPIRED', gone, NEW_TOKEN);
  }
  if (isAccepted === false) throw unknownToken(evidence);
  const doubt = 'it may also be unknown or expired, which cannot be told without cluster.discovery.caCertHashes';
  if (isPatient) return notSigned(`the cluster has not signed cluster-info with the token ${id} yet; ${doubt}`);
  const doubtful = `cluster-info is not signed with the token ${id}: it is unknown, has expired, or lacks the usage signing`;
  throw hopeless('E_TOKEN_UNKNOWN', `${doubtful}${aged(evidence.ageMs)}`, NEW_TOKEN);
};

/**
 * What a 401 means to a token of which nothing else is known.
 * @returns BootletError E_TOKEN_UNKNOWN
 */
export const unknownToken = ({ id, ageMs }: Pick<TokenEvidence, 'id' | 'ageMs'>): BootletError => {
  const unknown = `the token ${id} is unknown to the cluster: it was never made there, or has expired and is gone`;
  const hint = `If \`kubeadm token list\` shows it, it lacks its usages, signing and authentication. ${NEW_TOKEN}`;
  return hopeless('E_TOKEN_UNKNOWN', `${unknown}${aged(ageMs)}`, hint);
};

/**
 * What a 401 means to a token with which cluster-info is signed.
 * @returns BootletError E_TOKEN_USAGE
 */
export const refusedToken = (id: string): BootletError =>
  hopeless(
    'E_TOKEN_USAGE',
    `the cluster knows the token ${id}, but does not take it for a credential`,
    `It lacks the usage authentication, or expired a moment ago. ${NEW_TOKEN}`,
  );

const notSigned = (message: string): DiscoveryObstacle => ({ reason: 'TokenNotSigned', message, advice: '' });

const hopeless = (code: ErrorCode, message: string, hint: string): BootletError =>
  new BootletError(code, message, { hint, retryable: false });

const aged = (ageMs: number): string => {
  const days = Math.floor(ageMs / COMMON_LIFE_MS);
  if (days < 1) return '';
  const age = days === 1 ? 'a day' : `${days} days`;
  return `; its file is ${age} old, and tokens live for 24 hours unless told otherwise`;
};
