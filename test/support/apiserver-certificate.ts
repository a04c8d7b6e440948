import { issue, newAuthority } from '../lab/certificate.ts';

/** An authority, and the certificate of an apiserver at 127.0.0.1 by it. */
export const apiserverCertificate = async () => {
  const authority = await newAuthority('kubernetes');
  const certificate = await issue(authority, {
    ...{ commonName: 'kube-apiserver', usages: ['serverAuth'], names: ['127.0.0.1'] },
  });
  return { authority, certificate, caPem: authority.certificatePem };
};
