import { createPrivateKey, X509Certificate } from 'node:crypto';
import { BootletError } from '../../errors.ts';

/** A client certificate with its key, both PEM, and what is told of it. */
export interface ClientCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** The common name: `system:node:NAME` of a node's. */
  readonly user: string;
  readonly issuer: string;
  /** ms since the epoch */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of its DER, upper-case hexadecimal with colons. */
  readonly fingerprint: string;
}

/** A certificate is followed by those of authorities between it and the root. */
const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const privateKey = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----[^-]+-----END (?:EC |RSA )?PRIVATE KEY-----/;

/**
 * Reads PEM that holds a client certificate and its key, in any order.
 * @param what it is, for the message: a path
 * @throws BootletError E_CERTIFICATE when there is none, it cannot be read, or the key is another's
 */
export const readClientCertificate = (pem: string, what: string): ClientCertificate => {
  const certificatePem = inLines(pem.match(certificates));
  const keyPem = inLines(privateKey.exec(pem)?.slice(0, 1));
  if (certificatePem === '' || keyPem === '') {
    const missing = certificatePem === '' ? 'certificate' : 'private key';
    throw faulty(`${what} holds no whole ${missing}`);
  }
  try {
    const certificate = new X509Certificate(certificatePem);
    if (!certificate.checkPrivateKey(createPrivateKey(keyPem)))
      throw faulty(`the key in ${what} is not the certificate's`);
    return {
      certificatePem,
      keyPem,
      user: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
      issuer: certificate.issuer.replaceAll('\n', ', '),
      notBefore: Date.parse(certificate.validFrom),
      notAfter: Date.parse(certificate.validTo),
      fingerprint: certificate.fingerprint256,
    };
  } catch (error) {
    // What the platform says of a key names no part of it.
    throw error instanceof BootletError ? error : faulty(`${what} cannot be read`, error);
  }
};

/** Whether it is a private key that can be read. */
export const isKey = (pem: string): boolean => {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
};

/** Blocks of PEM, each with its last line ended, whatever ends lines in the file. */
const inLines = (blocks: readonly string[] | null | undefined): string =>
  (blocks ?? []).map((block) => `${block.replaceAll('\r', '')}\n`).join('');

const faulty = (message: string, cause?: unknown): BootletError =>
  new BootletError('E_CERTIFICATE', message, { cause, retryable: false });

/** One of the node's own. */
export interface HeldCertificate extends ClientCertificate {
  /** When it was issued, ms since the epoch: its `notBefore` is some minutes earlier, for clocks that are behind. */
  readonly heldSince: number;
}

/**
 * When a certificate is to be replaced: at a share of its life between 70 and 90 %, the same at every start and another
 * for each certificate, so that nodes made together do not come back together (client-go certificate_manager.go
 * nextRotationDeadline draws it anew at each start). Life counts from when it was issued: of a short one the minutes
 * before would be the most, and each would be replaced at once.
 */
export const rotationTime = ({ heldSince, notBefore, notAfter, fingerprint }: HeldCertificate): number => {
  const share = Number.parseInt(fingerprint.replaceAll(':', '').slice(0, 8), 16) / 2 ** 32;
  const since = Math.max(heldSince, notBefore);
  return Math.round(since + (notAfter - since) * (0.7 + 0.2 * share));
};
