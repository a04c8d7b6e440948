import { readKernelFile } from './kernel-file.ts';

/** Interfaces by which packets leave, as /proc/net tells without a process, of the reader's network namespace. */
export interface DefaultDevices {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  /** With a route that a router advertised (RFC 4861), a default one or not. */
  readonly advertised: readonly string[];
}

/** RTF_ADDRCONF of linux/ipv6_route.h. */
const ADVERTISED = 0x0004_0000;
/** RTF_REJECT: what leads nowhere, which the kernel has on `lo`. */
const REJECT = 0x0200;

const linesOf = (path: string): readonly (readonly string[])[] =>
  (readKernelFile(path) ?? '').split('\n').map((line) => line.trim().split(/\s+/));

const isZero = (hex: string | undefined): boolean => hex !== undefined && /^0+$/.test(hex);

/** @param folder /proc/net */
export const defaultDevices = (folder = '/proc/net'): DefaultDevices => {
  // proc_net_route: Iface Destination Gateway Flags RefCnt Use Metric Mask …; the first line says so.
  const ipv4 = linesOf(`${folder}/route`).filter(([, to, , , , , , mask]) => isZero(to) && isZero(mask));
  // Destination and its length, source and its length, next hop, metric, references, uses, flags, device.
  const ipv6 = linesOf(`${folder}/ipv6_route`).flatMap(([to, bits, , , , , , , flags = '0', device]) =>
    device === undefined ? [] : [{ isDefault: isZero(to) && bits === '00', flags: Number.parseInt(flags, 16), device }],
  );
  const unique = (names: readonly (string | undefined)[]): readonly string[] => [
    ...new Set(names.flatMap((name) => name ?? [])),
  ];
  return {
    ipv4: unique(ipv4.map(([device]) => device)),
    ipv6: unique(ipv6.filter((r) => r.isDefault && (r.flags & REJECT) === 0).map(({ device }) => device)),
    advertised: unique(ipv6.filter(({ flags }) => (flags & ADVERTISED) !== 0).map(({ device }) => device)),
  };
};
