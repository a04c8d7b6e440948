import { generateKeyPair, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface KeyPair {
  readonly publicPem: string;
  readonly privatePem: string;
}

export interface Certificate extends KeyPair {
  readonly certificatePem: string;
}

export interface Leaf {
  readonly commonName: string;
  readonly organization?: string;
  readonly usages: readonly ('serverAuth' | 'clientAuth')[];
  /** DNS names and IP addresses. */
  readonly names?: readonly string[];
}

/** An RSA-2048 pair by node:crypto, off the event loop: forge would block it for a third of a second. */
export const newKeyPair = async (): Promise<KeyPair> => {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return { publicPem: publicKey, privatePem: privateKey };
};

/** A self-signed certificate authority, valid for ten years unless told otherwise: `days` until it ends, `inDays` until it begins. */
export const newAuthority = async (commonName: string, days = 3650, inDays = 0): Promise<Certificate> => {
  const keys = await newKeyPair();
  const certificate = blank(keys, commonName, undefined, days);
  certificate.validity.notBefore.setTime(certificate.validity.notBefore.getTime() + inDays * DAY_MS);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true, keyCertSign: true },
    { name: 'subjectKeyIdentifier' },
    altNames([commonName]),
  ]);
  return signed(certificate, keys, keys);
};

/** A certificate for a server or a client, valid for one year. */
export const issue = async (authority: Certificate, leaf: Leaf): Promise<Certificate> => {
  const keys = await newKeyPair();
  const certificate = blank(keys, leaf.commonName, leaf.organization, 365);
  const issuer = forge.pki.certificateFromPem(authority.certificatePem);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    // As Go's: of two authorities of one name it tells the right one.
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    { name: 'extKeyUsage', ...Object.fromEntries(leaf.usages.map((usage) => [usage, true])) },
    ...(leaf.names === undefined ? [] : [altNames(leaf.names)]),
  ]);
  return signed(certificate, keys, authority);
};

const blank = (keys: KeyPair, commonName: string, organization: string | undefined, days: number) => {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicPem);
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - 5 * 60 * 1000);
  certificate.validity.notAfter = new Date(Date.now() + days * DAY_MS);
  certificate.setSubject([
    ...(organization === undefined ? [] : [{ shortName: 'O', value: organization }]),
    { shortName: 'CN', value: commonName },
  ]);
  return certificate;
};

const signed = (certificate: forge.pki.Certificate, keys: KeyPair, by: KeyPair): Certificate => {
  certificate.sign(forge.pki.privateKeyFromPem(by.privatePem), forge.md.sha256.create());
  return { ...keys, certificatePem: forge.pki.certificateToPem(certificate).replaceAll('\r', '') };
};

/** In ASN.1's GeneralName, 2 is a DNS name and 7 an IP address. */
const altNames = (names: readonly string[]) => ({
  name: 'subjectAltName',
  altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
});
