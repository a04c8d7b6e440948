import { join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

/** One interface's counters since it was made. */
export interface InterfaceUsage {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/**
 * The interfaces of a process' network namespace, loopback left out; none when the process is gone.
 * @param proc where procfs is mounted
 */
export const interfacesOf = (pid: number | 'self', proc: string): readonly InterfaceUsage[] =>
  parseNetDev(readKernelFile(join(proc, String(pid), 'net/dev')) ?? '');

/** `name: 8 counters received, 8 counters sent` after two lines of titles; proc_pid_net(5). */
const parseNetDev = (text: string): readonly InterfaceUsage[] =>
  text
    .split('\n')
    .slice(2)
    .flatMap((line) => {
      const [name = '', counters = ''] = line.split(':').map((part) => part.trim());
      if (name === '' || name === 'lo') return [];
      const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0, , , , , ...sent] = counters
        .split(/ +/)
        .map(Number);
      const [txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = sent;
      return [{ name, rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped }];
    });
