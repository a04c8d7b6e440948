import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { readKernelFile } from './kernel-file.ts';
import { holdsSocket, listProcesses } from './processes.ts';

/** A socket that waits for others, in the network namespace of this process. */
export interface Listener {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** `0.0.0.0` or `::`: every one of the host. An address of IPv4 is told as such, whatever the socket. */
  readonly address: string;
  readonly port: number;
  /** By which its process is found. */
  readonly inode: number;
}

/** `st` of a TCP socket that listens, and of a UDP socket that is not connected to one peer (net/tcp_states.h). */
const WAITS = { TCP: '0A', UDP: '07' } as const;

/** @param proc where procfs is mounted */
export const readListeners = (proc: string): readonly Listener[] => {
  const net = (name: string): readonly string[] =>
    (readKernelFile(join(proc, 'net', name)) ?? '').split('\n').slice(1).filter(Boolean);
  return [
    ...['tcp', 'tcp6'].flatMap((file) => net(file).flatMap((line) => listenerIn('TCP', line))),
    ...['udp', 'udp6'].flatMap((file) => net(file).flatMap((line) => listenerIn('UDP', line))),
    ...net('sctp/eps').flatMap(endpointIn),
  ];
};

/** ` 0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 …` */
const listenerIn = (protocol: 'TCP' | 'UDP', line: string): readonly Listener[] => {
  const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
  const [address = '', port = ''] = local.split(':');
  if (state !== WAITS[protocol]) return [];
  return [{ protocol, address: addressIn(address), port: Number.parseInt(port, 16), inode: Number(inode) }];
};

/** ` ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS…` */
const endpointIn = (line: string): readonly Listener[] => {
  const [, , , , , port, , inode, ...addresses] = line.trim().split(/\s+/);
  return addresses
    .filter((address) => ipaddr.isValid(address))
    .map((address) => ({ protocol: 'SCTP', address, port: Number(port), inode: Number(inode) }));
};

/** Words of 32 bits in hexadecimal, each as this machine has it in memory: little-endian on all that bootlet runs on. */
const addressIn = (hex: string): string => {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  const address = ipaddr.fromByteArray(bytes);
  return (
    address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address
  ).toString();
};

/** Who has a socket: `nginx (pid 812)`. Undefined where no process is seen to. @param proc where procfs is mounted */
export const ownerOf = (proc: string, { inode }: Pick<Listener, 'inode'>): string | undefined => {
  const pid = listProcesses(proc).find((candidate) => isSeenToHold(proc, candidate, inode));
  if (pid === undefined) return undefined;
  return `${(readKernelFile(join(proc, String(pid), 'comm')) ?? '').trim()} (pid ${pid})`;
};

/** False also for a process that is not to be seen into. */
const isSeenToHold = (proc: string, pid: number, inode: number): boolean => {
  try {
    return holdsSocket(proc, pid, [inode]);
  } catch {
    return false;
  }
};
