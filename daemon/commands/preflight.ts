import { type Command, Option } from 'commander';
import { BootletError } from '../errors.ts';
import type { PreflightCheck } from '../node/preflight/check.ts';
import { colours } from './condition-lines.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';

interface PreflightOptions {
  readonly config?: string;
  readonly ignore: readonly string[];
  readonly output: Format;
}

/** All there are, in the order in which they are made. */
const NAMES = [
  'ManifestFolder',
  'Network',
  'NodeName',
  'Swap',
  'Cgroups',
  'MTU',
  'Disk',
  'TimeSync',
  'ProxyVariables',
  'TokenFile',
  'NodeOwner',
  'ServerName',
  'ServerReachable',
  'ClockSkew',
  'ServerTrusted',
] as const;

export const addPreflight = (program: Command, io: Io): void => {
  program
    .command('preflight')
    .description('check whether this host can be what the configuration makes of it; exits 6 when a check fails')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .addOption(
      new Option('--ignore <names>', 'checks whose failure is only a warning, separated by commas; all: every one')
        .argParser((text) => text.split(','))
        .default([]),
    )
    .addOption(outputOption('json', 'yaml'))
    .action(async ({ config: file, ignore, output }: PreflightOptions) => {
      refuseUnknown(ignore);
      const { loadConfig } = await import('../config/load.ts');
      const { preflightHost } = await import('../preflight.ts');
      const config = await loadConfig(file);
      const checks = (await preflightHost(config, io.env)).map((check) => ignored(check, ignore));
      const isPassed = checks.every(({ result }) => result !== 'failed');
      if (output === 'json' || output === 'yaml')
        await printObject(io, output, objectOf(config.nodeName, isPassed, checks));
      else io.out(preflightText(config.nodeName, checks, io));
      if (!isPassed) io.setExitCode(EXIT.preflight);
    });
};

const refuseUnknown = (names: readonly string[]): void => {
  const known: readonly string[] = ['all', ...NAMES];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new BootletError('E_USAGE', `there is no check ${unknown}`, { hint: `there are: ${NAMES.join(', ')}` });
};

const ignored = (check: PreflightCheck, names: readonly string[]): PreflightCheck =>
  check.result === 'failed' && (names.includes(check.name) || names.includes('all'))
    ? { ...check, result: 'warning' }
    : check;

/** `bootlet.io/v1alpha1 Preflight`. */
const objectOf = (name: string, isPassed: boolean, checks: readonly PreflightCheck[]) => ({
  apiVersion: 'bootlet.io/v1alpha1',
  kind: 'Preflight',
  metadata: { name },
  passed: isPassed,
  checks,
});

const MARKS = { passed: '✓', warning: '!', failed: '✗' } as const;
const WIDTH = Math.max(...NAMES.map((name) => name.length));

/** A tree: the host and each server, with what was looked at below. */
export const preflightText = (nodeName: string, checks: readonly PreflightCheck[], io: Io): string => {
  const paint = colours(io);
  const line = ({ name, result, message, fix }: PreflightCheck): string => {
    const mark = { passed: paint.green, warning: paint.yellow, failed: paint.red }[result](MARKS[result]);
    const hint = fix === '' ? '' : `    hint: ${fix}\n`;
    return `  ${mark} ${name.padEnd(WIDTH)}   ${message}\n${hint}`;
  };
  const groups = Map.groupBy(checks, ({ subject }) => subject);
  const count = (wanted: string) => checks.filter(({ result }) => result === wanted).length;
  const sections = [...groups].map(([subject, all]) => `${subject || nodeName}\n${all.map(line).join('')}`);
  return `${sections.join('')}${count('passed')} passed, ${count('warning')} warnings, ${count('failed')} failed\n`;
};
