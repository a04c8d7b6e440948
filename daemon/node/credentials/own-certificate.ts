import { BootletError, messageOf } from '../../errors.ts';
import { unless } from '../../host/missing.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { withDeadline } from '../../reconcile/deadline.ts';
import type { ClusterAccess, Identity } from '../apiserver/access.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { refusalOf } from '../apiserver/refusal.ts';
import { type BootstrapToken, readToken } from '../discovery/bootstrap-token.ts';
import { refusalOf401 } from '../discovery/check-token.ts';
import type { Discoverer } from '../discovery/discoverer.ts';
import type { Discovery } from '../discovery/discovery.ts';
import type { ClusterTrust } from '../discovery/trust.ts';
import type { Credentials } from '../resources.ts';
import { type HeldCertificate, readClientCertificate, rotationTime } from './certificate.ts';
import type { CertificateFiles } from './certificate-files.ts';
import type { Identification, IdentitySource } from './identity-source.ts';
import type { IssuePace } from './issue-pace.ts';
import type { KnownCluster } from './known-cluster.ts';
import { planCredentials } from './plan-credentials.ts';
import { type Asked, requestCertificate } from './request-certificate.ts';
import { nodeUser } from './signing-request.ts';

/** A request that is approved by itself is approved at once; one that is not is told of, and waited for further. */
const APPROVAL_MS = 5_000;
const LONG_APPROVAL_MS = 60_000;
/** How soon a file that an administrator replaced is seen. */
const LOOK_MS = 5 * 60_000;
/** A token is looked for by somebody; a rotation that fails is far from urgent: a tenth of the certificate's life is left. */
const RETRY_MS = 60_000;

export interface OwnCertificateOptions {
  readonly nodeName: string;
  readonly tokenFile: string;
  readonly files: CertificateFiles;
  readonly pace: IssuePace;
  readonly clock: Clock;
  /** Aborted when the daemon ends. */
  readonly stopping: AbortSignal;
  /** A connection of its own, for as long as a request for a certificate lasts. */
  readonly connect: (access: ClusterAccess) => Apiserver & AsyncDisposable;
  readonly known: KnownCluster;
  readonly discoverer: Discoverer;
  /** @throws BootletError when the Node of this name is another machine's */
  readonly checkNode: (apiserver: Apiserver) => Promise<void>;
}

type Obstacle = Exclude<Identification, { readonly state: 'identified' }>;

/**
 * A certificate of the node's own: asked for with a bootstrap token, kept fresh with itself, and asked for by token
 * again when it was lost, or slept through its end.
 */
export const ownCertificate = (options: OwnCertificateOptions): IdentitySource => {
  const { nodeName, tokenFile, files, pace, clock, stopping, connect, known, discoverer } = options;

  let isPending = false;

  /** What was issued is on disk when it resolves. */
  const ask = async (apiserver: Apiserver): Promise<HeldCertificate | Obstacle> => {
    const keyPem = await files.pendingKey();
    const asked = await withDeadline(isPending ? LONG_APPROVAL_MS : APPROVAL_MS, stopping, (signal) =>
      requestCertificate(apiserver, { keyPem, nodeName, clock }, signal),
    );
    isPending = asked.state === 'pending';
    if (asked.state === 'pending') return { ...pending(asked), nextLookAt: clock.now() };
    pace.ended();
    try {
      if (asked.state === 'denied') throw denied(asked);
      const issued = readClientCertificate(`${asked.certificatePem}${keyPem}`, 'what the cluster issued');
      if (issued.user !== nodeUser(nodeName) || issued.notAfter <= clock.now()) throw unusable(issued);
      return await files.save(issued, clock.now());
    } catch (error) {
      // The request is known by its key: with the same one it would be met again.
      await files.forgetPendingKey();
      throw error;
    }
  };

  const use = async (certificate: HeldCertificate, trust: ClusterTrust) => {
    const { certificatePem, keyPem, user, fingerprint, notBefore, notAfter } = certificate;
    const rotateAt = rotationTime(certificate);
    const token = await tokenOnHost(tokenFile);
    const credentials: Credentials = {
      kind: 'bootstrap-token',
      user,
      certificate: { fingerprint, notBefore, notAfter, rotateAt },
      ...(token === undefined ? {} : { token }),
    };
    const identity: Identity = { kind: 'certificate', certificatePem, keyPem };
    const nextLookAt = Math.min(rotateAt, clock.now() + LOOK_MS);
    return { state: 'identified' as const, access: { ...trust, identity }, credentials, nextLookAt };
  };

  /** A host without a token may have a discovery file with credentials in it. */
  const findCluster = async (token: BootstrapToken | undefined, why: string): Promise<Discovery | Obstacle> => {
    const given = await discoverer.given();
    if (token !== undefined) return discoverer.discover(token);
    if (given?.identity !== undefined) return given;
    // A clock that is ahead makes every certificate look expired, and no token helps against it.
    await unless(['E_APISERVER_UNAVAILABLE', 'E_TLS_UNTRUSTED'], discoverer.checkClock());
    return {
      state: 'stuck',
      reason: 'TokenMissing',
      message: `the host needs a bootstrap token: ${why}`,
      advice: `on a control plane: kubeadm token create; what it prints goes into ${tokenFile} (root's, mode 0600)`,
      nextLookAt: clock.now() + RETRY_MS,
    };
  };

  const bootstrap = async (why: string): Promise<Identification> => {
    if (pace.waitUntil !== undefined) return { ...notTaken(why), nextLookAt: pace.waitUntil };
    const token = await readToken(tokenFile);
    const found = await findCluster(token, why);
    if (found.state === 'waiting') {
      const { reason, message, advice, retryAt: nextLookAt } = found;
      return { state: 'discovering', reason, message, advice, nextLookAt };
    }
    if (found.state !== 'trusted') return found;
    const trust: ClusterTrust = { servers: found.servers, caPem: found.caPem };
    // Before there is a certificate: one without a cluster that it is of would be of no use after a kill.
    await known.learn(trust);
    const identity: Identity =
      token === undefined ? (found.identity ?? { kind: 'none' }) : { kind: 'token', token: token.token };
    await using apiserver = connect({ ...trust, identity });
    try {
      await options.checkNode(apiserver);
      const asked = await ask(apiserver);
      return 'state' in asked ? asked : await use(asked, trust);
    } catch (error) {
      if (token === undefined || refusalOf(error)?.status !== 401) throw error;
      throw await refusalOf401(token, trust, { clock, stopping });
    }
  };

  /** What keeps a rotation from being made is told, and the certificate goes on being used. */
  const rotate = async (certificate: HeldCertificate, trust: ClusterTrust): Promise<Identification> => {
    const present = await use(certificate, trust);
    if (pace.waitUntil !== undefined) return { ...present, nextLookAt: pace.waitUntil };
    let rotationTrouble: string;
    try {
      await using apiserver = connect(present.access);
      const asked = await ask(apiserver);
      if (!('state' in asked)) return await use(asked, trust);
      rotationTrouble = asked.message;
    } catch (error) {
      rotationTrouble = messageOf(error);
    }
    return { ...present, credentials: { ...present.credentials, rotationTrouble }, nextLookAt: clock.now() + RETRY_MS };
  };

  return {
    async identify({ isTaken, unwanted }) {
      if (isTaken === true) pace.taken();
      const certificate = await files.load().catch((error: unknown) => {
        if (error instanceof BootletError) return error;
        throw error;
      });
      const plan = planCredentials({ nodeName, certificate, isTaken, unwanted, now: clock.now() });
      if (plan.do === 'bootstrap') return bootstrap(plan.why);
      const trust = await known.load();
      if (trust === undefined) return bootstrap('what was known of the cluster is gone');
      return plan.do === 'rotate' ? rotate(plan.certificate, trust) : use(plan.certificate, trust);
    },
  };
};

const pending = ({ name, isApproved }: Extract<Asked, { readonly state: 'pending' }>) =>
  isApproved
    ? ({
        state: 'requesting',
        reason: 'CertificateUnsigned',
        message: `the request ${name} is approved but not signed: the controller manager needs its signing certificate and key`,
        advice: `kubectl get csr ${name} -o yaml`,
      } as const)
    : ({
        state: 'requesting',
        reason: 'CertificatePending',
        message: `nobody approved the request ${name} for this host's certificate`,
        advice: `kubectl certificate approve ${name}`,
      } as const);

const notTaken = (why: string) =>
  ({
    state: 'requesting',
    reason: 'CertificateRefused',
    message: `${why}, although it was issued a moment ago; another one is asked for later`,
    advice:
      'compare --client-ca-file of every kube-apiserver with --cluster-signing-cert-file of the controller manager: the one must hold the other',
  }) as const;

const denied = ({ name, message }: Extract<Asked, { readonly state: 'denied' }>): BootletError =>
  new BootletError('E_APISERVER_REFUSED', `the request ${name} was denied: ${message}`, {
    hint: `kubectl get csr ${name} -o yaml tells who denied it`,
    retryable: false,
  });

const unusable = ({ user, notAfter }: { readonly user: string; readonly notAfter: number }): BootletError =>
  new BootletError(
    'E_CERTIFICATE',
    `the cluster issued a certificate of ${user} until ${new Date(notAfter).toISOString()}, which this host cannot use`,
    { hint: 'Compare the clocks (`timedatectl`), and look at what signs certificates in the cluster.' },
  );

/** What is told of the token on the host: one that others can read, say, is told before it is needed. */
const tokenOnHost = async (file: string): Promise<Credentials['token']> => {
  try {
    const token = await readToken(file);
    return token === undefined ? undefined : { id: token.id, writtenAt: token.writtenAt };
  } catch (error) {
    if (error instanceof BootletError) return { fault: error.message };
    throw error;
  }
};
