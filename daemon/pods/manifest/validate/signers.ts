import { dnsLabel, dnsSubdomain, type Format } from '../../../kubernetes/formats.ts';

const maxSignerName = 253 + 1 + 253 + 63 + 1;

/** `DOMAIN/PATH`, with a domain of two labels or more. */
export const signerName: Format = (value) => {
  const [domain = '', path = '', ...more] = value.split('/');
  if (!value.includes('/') || more.length > 0) return "must be a domain, '/' and a path, as in example.com/signer";
  if (domain.length > 253 || value.length > maxSignerName) return 'is too long';
  const labels = domain.split('.');
  if (labels.length < 2 || labels.some((label) => dnsLabel(label) !== undefined))
    return "must have a domain with at least one dot before its '/'";
  return path.split('.').some((label) => dnsSubdomain(label) !== undefined)
    ? "must have a good name after its '/'"
    : undefined;
};

/** Signers of Kubernetes itself give out shorter-lived certificates. */
export const isKubernetesSigner = (name: string): boolean => /(^|\.)kubernetes\.io$/.test(name.split('/')[0] ?? '');

/** `SIGNER-DOMAIN:SIGNER-PATH:NAME`, or a plain name. */
export const trustBundleName: Format = (value) => dnsSubdomain(value.slice(value.lastIndexOf(':') + 1));
