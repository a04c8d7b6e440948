import { createSecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import { BootletError, messageOf } from '../../errors.ts';
import type { ClusterAccess } from './access.ts';

export interface Target {
  readonly url: string;
  readonly access: Pick<ClusterAccess, 'caPem' | 'identity'>;
  /** How long TCP and TLS together may take. */
  readonly connectMs: number;
}

/**
 * Of a connection on which nothing happens, the kernel asks after these; and then, as libuv has it, each second, ten
 * times: a watch whose server is gone without a word ends after 20 s.
 */
const KEEP_ALIVE_MS = 10_000;

/**
 * How to connect to a server: its certificate is always verified, by the authorities of the cluster alone, whatever the
 * environment says.
 * @throws BootletError E_TLS_UNTRUSTED when a token would go to a server that cannot be verified, or what verifies it cannot be read
 */
export const connectOptions = ({ url, access, connectMs }: Target): buildConnector.BuildOptions => {
  const { caPem, identity } = access;
  const connection = { timeout: connectMs, keepAliveInitialDelay: KEEP_ALIVE_MS };
  if (new URL(url).protocol === 'http:') {
    if (identity.kind === 'token') throw unverified(url, 'a token is not sent over plain HTTP');
    return connection;
  }
  if (caPem === undefined) throw unverified(url, 'the authority of the cluster is not known');
  return { ...connection, rejectUnauthorized: true, secureContext: secureContext(url, caPem, identity) };
};

/** Made once: to read the keys again for every connection would cost more than the connection. */
const secureContext = (url: string, ca: string, identity: ClusterAccess['identity']) => {
  try {
    return createSecureContext({
      ca,
      minVersion: 'TLSv1.2',
      ...(identity.kind === 'certificate' ? { cert: identity.certificatePem, key: identity.keyPem } : {}),
    });
  } catch (error) {
    throw unverified(url, `its authority, or the certificate for it, cannot be read: ${messageOf(error)}`);
  }
};

const unverified = (url: string, why: string): BootletError =>
  new BootletError('E_TLS_UNTRUSTED', `${url} is not asked: ${why}`, { retryable: false });
