import { X509Certificate } from 'node:crypto';
import { BootletError } from '../../errors.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
const BEGIN = /-----BEGIN /g;

/**
 * The certificates of authorities that a text holds, whether or not they are valid now.
 * @param where names the file, or what the text comes from
 * @throws BootletError E_CA_PRIVATE_KEY, E_CA_INVALID
 */
export const parseAuthorities = (pem: string, where: string): X509Certificate[] => {
  if (/PRIVATE KEY-----/.test(pem)) {
    throw new BootletError('E_CA_PRIVATE_KEY', `${where} holds a private key, which no node may have`, {
      hint: 'Whoever has the key of the authority is the cluster. Take it off this host, put only the certificate there (ca.crt), and consider the key as known to others.',
      retryable: false,
    });
  }
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length < [...pem.matchAll(BEGIN)].length) throw invalid(where, 'was cut short: a BEGIN has no END');
  if (blocks.length === 0) throw invalid(where, 'holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)');
  return blocks.map(([block, label = ''], index) => {
    const which = blocks.length === 1 ? '' : ` ${index + 1}`;
    if (label !== 'CERTIFICATE') throw invalid(where, `holds a ${label} where certificates belong`);
    const certificate = decoded(block, where, which);
    if (!certificate.ca) throw invalid(where, `has a certificate${which} that is of no authority (CA:TRUE)`);
    return certificate;
  });
};

/**
 * Those that are valid at this time, as PEM; an expired one beside its successor is no fault.
 * @throws BootletError E_CA_INVALID when there is none
 */
export const validAuthorities = (certificates: readonly X509Certificate[], where: string, now: number): string => {
  const valid = certificates.filter((one) => one.validFromDate.getTime() <= now && now < one.validToDate.getTime());
  if (valid.length > 0) return valid.map((certificate) => certificate.toString()).join('');
  const [first] = certificates;
  if (first === undefined) throw invalid(where, 'holds no certificate');
  const [verb, date] =
    now < first.validFromDate.getTime()
      ? ['is not valid before', first.validFromDate]
      : ['expired at', first.validToDate];
  throw new BootletError('E_CA_INVALID', `the authority in ${where} ${verb} ${date.toISOString()}`, {
    hint: `It is ${new Date(now).toISOString()} on this host. Unless its clock is wrong (\`timedatectl\`), the cluster has another authority by now: bring its ca.crt here.`,
    retryable: false,
  });
};

const decoded = (block: string, where: string, which: string): X509Certificate => {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw invalid(where, `has a certificate${which} that is broken or was cut short`, cause);
  }
};

const invalid = (where: string, what: string, cause?: unknown): BootletError =>
  new BootletError('E_CA_INVALID', `${where} ${what}`, {
    hint: 'It is to be the ca.crt of the cluster, from /etc/kubernetes/pki of a control plane.',
    cause,
    retryable: false,
  });
