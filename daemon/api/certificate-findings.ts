import type { Credentials } from '../node/resources.ts';
import type { Finding } from './finding.ts';

const SHOW = 'bootlet cert show';
/** The share of its life that is left when a certificate that bootlet does not renew becomes worth a word. */
const LITTLE_LEFT = 0.1;

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** About the certificate and the token that the host is known by. @param now ms since the epoch */
export const certificateFindings = (credentials: Credentials | undefined, now: number): readonly Finding[] =>
  credentials === undefined ? [] : [...valid(credentials, now), ...rotated(credentials, now), ...token(credentials)];

const valid = ({ certificate }: Credentials, now: number): readonly Finding[] => {
  const type = 'CertificateValid';
  if (certificate === undefined) return [];
  const { notBefore, notAfter, rotateAt } = certificate;
  if (now < notBefore) {
    const message = `the certificate is not valid before ${timeOf(notBefore)}, and it is ${timeOf(now)} here: most likely the clock of this host is wrong`;
    return [{ type, status: 'False', reason: 'NotYetValid', message, next: 'timedatectl' }];
  }
  if (now >= notAfter) {
    const message = `the certificate expired at ${timeOf(notAfter)}, and the cluster refuses it; pods of this host run on`;
    return [{ type, status: 'False', reason: 'Expired', message, next: SHOW }];
  }
  const rotation = rotateAt === undefined || rotateAt <= now ? '' : `, to be replaced at ${timeOf(rotateAt)}`;
  return [{ type, status: 'True', reason: 'Valid', message: `until ${timeOf(notAfter)}${rotation}` }];
};

/** Told only where it is not as it should be: while there is still time. */
const rotated = ({ certificate, rotationTrouble }: Credentials, now: number): readonly Finding[] => {
  const type = 'CertificateFresh';
  if (certificate === undefined || now >= certificate.notAfter) return [];
  const { notBefore, notAfter, rotateAt } = certificate;
  if (rotationTrouble !== undefined) {
    const message = `the certificate could not be replaced: ${rotationTrouble}; it expires at ${timeOf(notAfter)}, and is tried again until then`;
    return [{ type, status: 'False', reason: 'RotationFails', message, next: SHOW }];
  }
  if (rotateAt !== undefined || notAfter - now > LITTLE_LEFT * (notAfter - notBefore)) return [];
  const message = `the certificate expires at ${timeOf(notAfter)}, and bootlet does not renew one that it was given: put a new one into cluster.clientCertificateFile`;
  return [{ type, status: 'False', reason: 'ExpiresSoon', message, next: SHOW }];
};

/** For who joined it is only the way back from an expired certificate. */
const token = ({ kind, token: present }: Credentials): readonly Finding[] => {
  const type = 'TokenPresent';
  if (kind !== 'bootstrap-token') return [];
  if (present === undefined) {
    const message =
      'no bootstrap token lies on the host: should it sleep through the end of its certificate, it needs a new one to come back';
    return [{ type, status: 'False', reason: 'NoToken', message }];
  }
  if ('fault' in present) {
    return [{ type, status: 'False', reason: 'TokenUnusable', message: present.fault, next: 'bootlet token check' }];
  }
  const message = `${present.id}, put there at ${timeOf(present.writtenAt)}, not used any more since the host joined`;
  return [{ type, status: 'True', reason: 'Unused', message }];
};
