import { createHash, type X509Certificate } from 'node:crypto';

/** A certificate's public key as kubeadm pins it: `sha256:` and the hex of its DER SubjectPublicKeyInfo's hash. */
export const pinOf = (certificate: X509Certificate): string =>
  `sha256:${createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`;

/** Those of the certificates that are pinned. */
export const pinnedOf = (certificates: readonly X509Certificate[], pins: readonly string[]): X509Certificate[] => {
  const known = new Set(pins.map((pin) => pin.toLowerCase()));
  return certificates.filter((certificate) => known.has(pinOf(certificate)));
};
