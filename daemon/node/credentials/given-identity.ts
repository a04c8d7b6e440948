import type { Config } from '../../config/schema.ts';
import { BootletError } from '../../errors.ts';
import { readSecret, readTrusted } from '../../host/trusted-file.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Identity } from '../apiserver/access.ts';
import type { Discoverer } from '../discovery/discoverer.ts';
import type { Credentials } from '../resources.ts';
import { readClientCertificate } from './certificate.ts';
import type { IdentitySource } from './identity-source.ts';
import type { KnownCluster } from './known-cluster.ts';

/** How soon a file that was replaced is seen. */
const LOOK_MS = 60_000;
const MAX_FILE_BYTES = 1024 * 1024;

export interface GivenIdentityOptions {
  readonly cluster: Config['cluster'];
  readonly clock: Clock;
  readonly known: KnownCluster;
  readonly discoverer: Discoverer;
}

/** An identity that an administrator gives and renews: a static token, a client certificate, or none behind a firewall. */
export const givenIdentity = ({ cluster, clock, known, discoverer }: GivenIdentityOptions): IdentitySource => ({
  async identify() {
    const { identity, credentials } = await given(cluster);
    let trust = await known.load();
    if (trust === undefined) {
      const found = await discoverer.discover();
      if (found.state === 'waiting') {
        const { reason, message, advice, retryAt: nextLookAt } = found;
        return { state: 'discovering', reason, message, advice, nextLookAt };
      }
      trust = { servers: found.servers, caPem: found.caPem };
      await known.learn(trust);
    }
    return { state: 'identified', access: { ...trust, identity }, credentials, nextLookAt: clock.now() + LOOK_MS };
  },
});

interface Given {
  readonly identity: Identity;
  readonly credentials: Credentials;
}

const given = async (cluster: Config['cluster']): Promise<Given> => {
  switch (cluster.auth) {
    case 'token': {
      const token = textOf(await readSecret(cluster.tokenFile, MAX_FILE_BYTES)).trim();
      if (token === '') throw new BootletError('E_CERTIFICATE', `${cluster.tokenFile} is empty`, { retryable: false });
      return { identity: { kind: 'token', token }, credentials: { kind: 'token', user: '' } };
    }
    case 'client-certificate': {
      const { clientCertificateFile, clientKeyFile } = cluster;
      const certificates = textOf(await readTrusted(clientCertificateFile, MAX_FILE_BYTES));
      const key = textOf(await readSecret(clientKeyFile, MAX_FILE_BYTES));
      const read = readClientCertificate(`${certificates}\n${key}`, clientCertificateFile);
      const { certificatePem, keyPem, user, fingerprint, notBefore, notAfter } = read;
      const certificate = { fingerprint, notBefore, notAfter, rotateAt: undefined };
      return {
        identity: { kind: 'certificate', certificatePem, keyPem },
        credentials: { kind: 'client-certificate', user, certificate },
      };
    }
    case 'none':
      return { identity: { kind: 'none' }, credentials: { kind: 'none', user: '' } };
    case 'bootstrap-token':
      throw new BootletError('E_INTERNAL', 'a bootstrap token is no identity that is given');
  }
};

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
