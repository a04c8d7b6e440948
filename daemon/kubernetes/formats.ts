import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** A check of a string: why it does not have the form, or undefined if it does. The forms are those of k8s.io/apimachinery. */
export type Format = (value: string) => string | undefined;

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelWithUnderscore = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${label}(\\.${label})*$`);
const looseSubdomainPattern = new RegExp(`^${labelWithUnderscore}(\\.${labelWithUnderscore})*$`);
const qualifiedNamePattern = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const pattern =
  (expression: RegExp, longest: number, form: string): Format =>
  (value) => {
    if (value.length > longest) return `is longer than ${longest} characters`;
    return expression.test(value) ? undefined : `must be ${form}`;
  };

/** RFC 1123 label. */
export const dnsLabel = pattern(
  labelPattern,
  63,
  "lower-case letters, digits and '-', with a letter or digit at both ends",
);

/** RFC 1123 subdomain: the names of most objects. */
export const dnsSubdomain = pattern(
  subdomainPattern,
  253,
  "lower-case letters, digits, '-' and '.', each part with a letter or digit at both ends",
);

/** As a search domain may be, where `_` is in use. */
export const dnsSearchDomain = pattern(
  looseSubdomainPattern,
  253,
  "a domain name of lower-case letters, digits, '-', '_' and '.'",
);

/** A name that is still to be completed may end in a dash. Kubernetes looks past the last two characters then. */
export const dnsSubdomainPrefix: Format = (value) =>
  dnsSubdomain(value.length > 1 && value.endsWith('-') ? `${value.slice(0, -2)}a` : value);

/** The key of a label: a name of at most 63 characters, after an optional domain and `/`. */
export const qualifiedName: Format = (value) => {
  const parts = value.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2) return "must be a name, or a domain, '/' and a name";
  if (parts.length === 2 && dnsSubdomain(parts[0] ?? '') !== undefined) return "must have a domain name before its '/'";
  if (name.length > 63) return 'has a name of more than 63 characters';
  return qualifiedNamePattern.test(name)
    ? undefined
    : "must be letters, digits, '-', '_' and '.', with a letter or digit at both ends";
};

export const labelValue = pattern(
  /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
  63,
  "empty, or letters, digits, '-', '_' and '.', with a letter or digit at both ends",
);

export const configMapKey: Format = (value) => {
  if (value === '.' || value.startsWith('..')) return "must not be '.' or start with '..'";
  return pattern(/^[-._a-zA-Z0-9]+$/, 253, "letters, digits, '-', '_' and '.'")(value);
};

/** Any printable ASCII character but `=`. */
export const environmentName: Format = (value) =>
  /^[ -<>-~]+$/.test(value) ? undefined : "must be printable ASCII characters other than '='";

/** RFC 6335 service name. */
export const portName: Format = (value) => {
  if (value.length > 15) return 'is longer than 15 characters';
  if (!/^[-a-z0-9]+$/.test(value)) return "must be lower-case letters, digits and '-'";
  if (!/[a-z]/.test(value)) return 'must have at least one letter';
  return /--|^-|-$/.test(value) ? "must not have '--' in it, nor '-' at an end" : undefined;
};

export const headerName: Format = (value) =>
  /^[-A-Za-z0-9]+$/.test(value) ? undefined : "must be letters, digits and '-'";

/** IPv4 or IPv6, without leading zeros, zone, or an IPv4 address inside IPv6. */
export const ipAddress: Format = (value) => {
  if (isIPv4(value)) return undefined;
  if (!isIPv6(value) || value.includes('%')) return 'must be an IP address such as 10.9.8.7 or 2001:db8::1';
  const canonical = new SocketAddress({ address: value, family: 'ipv6' }).address;
  return canonical.startsWith('::ffff:') && canonical.includes('.')
    ? 'must not be an IPv4 address inside IPv6'
    : undefined;
};

export const relativePath: Format = (value) => (value.startsWith('/') ? 'must be a relative path' : noBacksteps(value));

export const noBacksteps: Format = (value) => (value.split('/').includes('..') ? "must not contain '..'" : undefined);

/** For files that Kubernetes itself puts in a volume, where names with `..` in front are its own. */
export const localPath: Format = (value) =>
  relativePath(value) ?? (value.startsWith('..') ? "must not start with '..'" : undefined);

const space = /[^\S\ufeff]|\u0085/;

/** Whether Go's strings.TrimSpace would take something off. */
export const isPadded = (value: string): boolean => space.test(value.at(0) ?? '') || space.test(value.at(-1) ?? '');

/** As Go counts the length of a string. */
export const byteLength = (value: string): number => Buffer.byteLength(value, 'utf8');
