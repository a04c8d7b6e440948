import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BootletError, messageOf } from '../../errors.ts';
import { writeFileAtomically } from '../../host/atomic-file.ts';
import { unlessMissing } from '../../host/missing.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { withDeadline } from '../../reconcile/deadline.ts';
import type { ClusterAccess } from '../apiserver/access.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { refusalOf } from '../apiserver/refusal.ts';
import { readToken } from '../discovery/bootstrap-token.ts';
import type { Discoverer } from '../discovery/discoverer.ts';
import { refusedToken, unknownToken } from '../discovery/token-verdict.ts';
import type { ClusterTrust } from '../discovery/trust.ts';
import type { Credentials } from '../resources.ts';
import { type HeldCertificate, readClientCertificate, rotationTime } from './certificate.ts';
import type { CertificateFiles } from './certificate-files.ts';
import type { Identification, IdentitySource } from './identity-source.ts';
import type { KnownCluster } from './known-cluster.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { planCredentials } from './plan-credentials.ts';
import { requestCertificate } from './request-certificate.ts';

/** A request that is approved by itself is approved at once; one that is not is told of, and waited for further. */
const APPROVAL_MS = 5_000;
const LONG_APPROVAL_MS = 60_000;
/** How soon an authority's file that was replaced is seen. */
const LOOK_MS = 5 * 60_000;
/** A rotation that fails is far from urgent: a tenth of the certificate's life is left. */
const ROTATION_RETRY_MS = 60_000;

export interface OwnCertificateOptions {
  readonly nodeName: string;
  readonly kubeconfigFile: string;
  readonly files: CertificateFiles;
  readonly clock: Clock;
  /** Aborted when the daemon ends. */
  readonly stopping: AbortSignal;
  /** A connection of its own, for as long as a request for a certificate lasts. */
  readonly connect: (access: ClusterAccess) => Apiserver & AsyncDisposable;
  readonly tokenFile: string;
  readonly known: KnownCluster;
  readonly discoverer: Discoverer;
  /** @throws BootletError when the Node of this name is another machine's */
  readonly checkNode: (apiserver: Apiserver) => Promise<void>;
  /** Called once the host has a certificate: the token is of no more use but to come back from an expired one. */
  readonly onJoined: () => Promise<void>;
}

/**
 * A certificate of the node's own: asked for with a bootstrap token, kept fresh with itself, and asked for by token
 * again when it was lost, or slept through its end.
 */
export const ownCertificate = (options: OwnCertificateOptions): IdentitySource => {
  const { nodeName, kubeconfigFile, tokenFile, files, clock, stopping, connect, known, discoverer } = options;

  let isPending = false;

  /** Asks on a connection of its own; what was issued is on disk when it resolves. */
  const ask = async (apiserver: Apiserver): Promise<HeldCertificate | Identification> => {
    const keyPem = await files.pendingKey();
    const asked = await withDeadline(isPending ? LONG_APPROVAL_MS : APPROVAL_MS, stopping, (signal) =>
      requestCertificate(apiserver, { keyPem, nodeName }, signal),
    );
    isPending = asked.state === 'pending';
    switch (asked.state) {
      case 'issued': {
        const issued = readClientCertificate(`${asked.certificatePem}${keyPem}`, 'what the cluster issued');
        return files.save(issued, clock.now());
      }
      case 'pending':
        return {
          state: 'requesting',
          reason: asked.isApproved ? 'CertificateUnsigned' : 'CertificatePending',
          message: asked.isApproved
            ? `the request ${asked.name} is approved but not signed: the controller manager needs its signing certificate and key`
            : `nobody approved the request ${asked.name} for this host's certificate`,
          advice: asked.isApproved
            ? `kubectl get csr ${asked.name} -o yaml`
            : `kubectl certificate approve ${asked.name}`,
          nextLookAt: clock.now(),
        };
      case 'denied':
        await files.forgetPendingKey();
        throw new BootletError('E_APISERVER_REFUSED', `the request ${asked.name} was denied: ${asked.message}`, {
          hint: `kubectl get csr ${asked.name} -o yaml tells who denied it`,
          retryable: false,
        });
    }
  };

  const use = async (certificate: HeldCertificate, trust: ClusterTrust): Promise<Identification> => {
    const { certificatePem, keyPem, user, fingerprint, notBefore, notAfter } = certificate;
    const [server] = trust.servers;
    if (server !== undefined) {
      const text = kubeconfigOf({ server, caPem: trust.caPem, nodeName, certificateFile: files.current });
      const present = await unlessMissing(readFile(kubeconfigFile, 'utf8'));
      if (present !== text) {
        await mkdir(dirname(kubeconfigFile), { recursive: true });
        await writeFileAtomically(kubeconfigFile, text);
      }
    }
    const rotateAt = rotationTime(certificate);
    const credentials: Credentials = {
      kind: 'bootstrap-token',
      user,
      certificate: { fingerprint, notBefore, notAfter, rotateAt },
      ...(await tokenOf(tokenFile)),
    };
    const access = { ...trust, identity: { kind: 'certificate' as const, certificatePem, keyPem } };
    return { state: 'identified', access, credentials, nextLookAt: Math.min(rotateAt, clock.now() + LOOK_MS) };
  };

  const bootstrap = async (why: string): Promise<Identification> => {
    const token = await readToken(tokenFile);
    if (token === undefined) {
      return {
        state: 'stuck',
        reason: 'TokenMissing',
        message: `the host needs a bootstrap token: ${why}`,
        advice: `on a control plane: kubeadm token create; what it prints goes into ${tokenFile} (root's, mode 0600)`,
        nextLookAt: clock.now() + ROTATION_RETRY_MS,
      };
    }
    const found = await discoverer.discover(token);
    if (found.state === 'waiting') {
      const { reason, message, advice, retryAt: nextLookAt } = found;
      return { state: 'discovering', reason, message, advice, nextLookAt };
    }
    const trust = { servers: found.servers, caPem: found.caPem };
    await using apiserver = connect({ ...trust, identity: { kind: 'token', token: token.token } });
    const join = async () => {
      await options.checkNode(apiserver);
      return ask(apiserver);
    };
    const asked = await join().catch(async (error: unknown) => {
      if (refusalOf(error)?.status !== 401) throw error;
      // Where the authority was given, nothing was signed with the token that would show that the cluster knows it.
      const isSigned = (await discoverer.given()) === undefined;
      throw isSigned ? refusedToken(token.id) : unknownToken({ id: token.id, ageMs: clock.now() - token.writtenAt });
    });
    if ('state' in asked) return asked;
    await known.learn(trust);
    const identification = await use(asked, trust);
    await options.onJoined();
    return identification;
  };

  /** What keeps a rotation from being made is told, and the certificate goes on being used. */
  const rotate = async (certificate: HeldCertificate, trust: ClusterTrust): Promise<Identification> => {
    const { certificatePem, keyPem } = certificate;
    let trouble: string;
    try {
      await using apiserver = connect({ ...trust, identity: { kind: 'certificate', certificatePem, keyPem } });
      const asked = await ask(apiserver);
      if (!('state' in asked)) return await use(asked, trust);
      trouble = asked.state === 'identified' ? '' : asked.message;
    } catch (error) {
      trouble = messageOf(error);
    }
    const present = await use(certificate, trust);
    if (present.state !== 'identified') return present;
    const credentials = { ...present.credentials, rotationTrouble: trouble };
    return { ...present, credentials, nextLookAt: clock.now() + ROTATION_RETRY_MS };
  };

  return {
    async identify(verdict) {
      const certificate = await files.load().catch((error: unknown) => {
        if (error instanceof BootletError) return error;
        throw error;
      });
      const plan = planCredentials({ nodeName, certificate, ...verdict, now: clock.now() });
      const trust = plan.do === 'bootstrap' ? undefined : await known.load();
      if (plan.do === 'bootstrap') return bootstrap(plan.why);
      if (trust === undefined) return bootstrap('what was known of the cluster is gone');
      return plan.do === 'rotate' ? rotate(plan.certificate, trust) : use(plan.certificate, trust);
    },
  };
};

/** What is told of the token on the host; a file that is not to be trusted tells of itself when it is needed. */
const tokenOf = async (file: string): Promise<Pick<Credentials, 'token'>> => {
  try {
    const token = await readToken(file);
    return token === undefined ? {} : { token: { id: token.id, expires: undefined } };
  } catch (error) {
    if (error instanceof BootletError) return {};
    throw error;
  }
};
