import { isIP } from 'node:net';
import { type Command, Option } from 'commander';
import { BootletError } from '../errors.ts';
import type { Check } from '../network/verify/check.ts';
import type { Far } from '../network/verify/probe.ts';
import { columns } from './columns.ts';
import { colours } from './condition-lines.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';

interface VerifyOptions {
  readonly config?: string;
  readonly to?: string;
  readonly listen?: string;
  readonly output: Format;
}

export const addVerify = (network: Command, io: Io): void => {
  network
    .command('verify')
    .description('send packets between the host, two pods made for it, and outside, and say which got through')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .option('--to <address:port>', 'a far end outside; default: the default gateway')
    .addOption(
      new Option(
        '--listen <port>',
        'be the far end of another host: tell each that comes its source address',
      ).conflicts('to'),
    )
    .addOption(outputOption('json', 'yaml'))
    .action(async ({ config: file, to, listen, output }: VerifyOptions) => {
      if (listen !== undefined) return beFarEnd(portOf(listen), io);
      const outside = to === undefined ? undefined : farOf(to);
      const { loadConfig } = await import('../config/load.ts');
      const { verifyHost } = await import('../verify.ts');
      const config = await loadConfig(file);
      const interrupted = new AbortController();
      io.ownInterrupt();
      process.once('SIGINT', () => interrupted.abort());
      const onCheck = output === 'text' ? (check: Check) => io.out(checkText(check, io)) : () => undefined;
      try {
        const checks = await verifyHost(config, { outside, onCheck, signal: interrupted.signal });
        const passed = checks.length > 0 && checks.every(({ result }) => result !== 'failed');
        if (output !== 'text')
          await printObject(io, output === 'yaml' ? 'yaml' : 'json', objectOf(config.nodeName, passed, checks));
        if (checks.length === 0)
          io.note('pods have no address with a default gateway: there is nothing to send from\n');
        io.setExitCode(passed ? EXIT.ok : EXIT.failure);
      } catch (error) {
        if (!interrupted.signal.aborted) throw error;
        io.setExitCode(EXIT.interrupted);
      }
    });
  network.command('probe', { hidden: true }).action(async () => {
    const { serveProbe } = await import('../network/verify/probe-lines.ts');
    await serveProbe(io.stdin, io.out);
  });
};

/** `bootlet.io/v1alpha1 NetworkVerification`. */
const objectOf = (nodeName: string, passed: boolean, checks: readonly Check[]) => ({
  apiVersion: 'bootlet.io/v1alpha1',
  kind: 'NetworkVerification',
  metadata: { name: nodeName },
  passed,
  checks,
});

const marks = { passed: '✓', failed: '✗', skipped: '-' } as const;
const WIDTHS = { name: 20, way: 32 } as const;

const checkText = ({ name, family, result, from, to, seen, message }: Check, io: Io): string => {
  const paint = colours(io);
  const mark = { passed: paint.green, failed: paint.red, skipped: paint.yellow }[result](marks[result]);
  const told = [...(seen === undefined ? [] : [`seen as ${seen}`]), ...(message === '' ? [] : [message])].join('; ');
  return `${mark} ${columns([[name.padEnd(WIDTHS.name), family, `${from} → ${to}`.padEnd(WIDTHS.way), told]])}`;
};

const portOf = (text: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new BootletError('E_USAGE', `"${text}" is no port`);
};

/** `192.0.2.1:80` or `[2001:db8::1]:80`. */
const farOf = (text: string): Far => {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  if (isIP(address) === 0) throw new BootletError('E_USAGE', `--to takes ADDRESS:PORT, not "${text}"`);
  return { address, port: portOf(port) };
};

/** Until it is interrupted. */
const beFarEnd = async (port: number, io: Io): Promise<void> => {
  const { localProbe } = await import('../network/verify/probe.ts');
  const probe = localProbe((from, protocol) => io.out(`${protocol} from ${from}\n`));
  await probe.listen('ipv4', port);
  // A host without IPv6 is a far end all the same.
  await probe.listen('ipv6', port).catch(() => io.note('no IPv6 here\n'));
  io.note(`listening on port ${port}; end it with Ctrl-C\n`);
};
