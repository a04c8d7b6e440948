import { isIP, isIPv4 } from 'node:net';
import { digits, type Field, text, textOrEmpty } from './field.ts';
import type { Tree } from './tree.ts';

/** Without the zone (`%eth0`) that Node takes too and Kubernetes does not. */
const isAddress = (value: string): boolean => isIP(value) !== 0 && !value.includes('%');

const isCIDR = (value: string): boolean => {
  const [address = '', bits = '', ...rest] = value.split('/');
  return (
    rest.length === 0 && isAddress(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128)
  );
};

/** RFC 1123 subdomain, as Kubernetes wants of the name of a Node. */
const isSubdomain = (value: string): boolean =>
  value.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value);

const isAbsolutePath = (value: string): boolean => value.startsWith('/') && !value.includes('\0');

/** What is wrong with the address of a source of pods. Never shows it: it may hold credentials, as it must not. */
export const sourceFault = ({ url, allowInsecure }: { url: string; allowInsecure: boolean }): string | undefined => {
  const { protocol, username, password, hash } = URL.parse(url) ?? {};
  if (protocol !== 'https:' && !(protocol === 'http:' && allowInsecure))
    return 'url must begin with https://, or with http:// where allowInsecure is true';
  if (username || password) return 'url must be without credentials: those belong into headersFile';
  return hash ? 'url must be without a #' : undefined;
};

export const ip = text('', 'an IP address', isAddress);
export const cidr = text('', 'a network such as 10.0.0.0/8', isCIDR);
export const domain = (fallback: string): Field<string> => text(fallback, 'a lower-case DNS name', isSubdomain);
export const nodeName = textOrEmpty('a lower-case DNS name', isSubdomain);
export const path = (fallback: string): Field<string> => text(fallback, 'an absolute path', isAbsolutePath);
export const pathOrEmpty = textOrEmpty('an absolute path', isAbsolutePath);

export const pathOrHttps = textOrEmpty(
  'an absolute path or an https address',
  (value) => isAbsolutePath(value) || URL.parse(value)?.protocol === 'https:',
);

/** A certificate's public key, as kubeadm writes it (pubkeypin). */
export const caPin = text('', 'sha256: and 64 hexadecimal digits', (value) => /^sha256:[0-9a-f]{64}$/i.test(value));

/** The path of a unix socket is at most 107 bytes long, unix(7). */
export const unixSocket = (fallback: string): Field<string> =>
  text(fallback, 'unix:// and an absolute path of at most 107 bytes', (value) => /^unix:\/\/\/.{1,106}$/.test(value));

/** A sysctl that the kernel has once for each pod, or a pattern of such that ends in `*` (component-helpers node/util/sysctl). */
export const sysctlPattern = text(
  '',
  'a sysctl of the network, IPC or message queues, or a pattern of such that ends in *',
  (value) =>
    /^(kernel[./](sem|shm[a-z_]*|msg[a-z]*)|net[./][-_a-z0-9./]+|fs[./]mqueue[./][-_a-z0-9./]+)\*?$|^(net|fs[./]mqueue)[./]\*$/.test(
      value,
    ),
);

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

const bytesOf = (tree: Tree): number | undefined => {
  const [, digits, unit = ''] =
    (tree.kind === 'scalar' && /^(\d+(?:\.\d+)?)([kMGT]i?|Ki)?$/.exec(String(tree.value))) || [];
  const factor = UNITS[unit];
  return digits === undefined || factor === undefined ? undefined : Math.round(Number(digits) * factor);
};

/** Bytes, written as a number or as a Kubernetes quantity such as 10Mi. */
export const size = (fallback: number): Field<number> => ({
  fallback,
  read(tree, field, report) {
    const bytes = bytesOf(tree);
    if (bytes !== undefined && bytes > 0) return bytes;
    report(tree.at, field, 'must be a size such as 10Mi');
    return fallback;
  },
});

/** What `node.evictionHard` may watch (pkg/kubelet/eviction/api). */
export const evictionSignals: readonly string[] = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'pid.available',
];

const isQuantity = (value: string): boolean => /^\d+(\.\d+)?(m|[kMGTPE]|[KMGTPE]i)?$/.test(value);

export const threshold = text('', 'a quantity such as 100Mi or a percentage such as 10%', (value) => {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(value) ?? [];
  return percent === undefined ? isQuantity(value) : Number(percent) < 100;
});

/** An amount of a resource as Kubernetes writes it: 100m, 1.5, 256Mi. */
export const quantity = digits('0', 'a quantity such as 100m or 256Mi', isQuantity);
