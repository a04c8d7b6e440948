import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { BootletError } from '../errors.ts';
import { clientFor } from './context.ts';
import { findPod, pathOf } from './find-pod.ts';
import type { Io } from './io.ts';

interface LogsOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: string;
  readonly since?: string;
}

export const addLogs = (program: Command, io: Io): void => {
  program
    .command('logs')
    .description("print a container's log")
    .argument('<name>', 'NAME or NAMESPACE/NAME, with or without the node at its end')
    .option('-c, --container <name>', 'which container, when the pod has several')
    .option('-f, --follow', 'then go on with what is written')
    .option('-p, --previous', 'of the container before the present one')
    .option('--timestamps', 'with the time of each line')
    .option('--tail <lines>', 'only the last lines')
    .option('--since <duration>', 'only what is no older: 90 (seconds), 5m, 1h30m')
    .action(async (wanted: string, options: LogsOptions, command: Command) => {
      const client = clientFor(command, io);
      const name = await findPod(client, wanted);
      const stream = await client.stream(`/api/v1/${pathOf(name)}/log?${queryFor(options)}`);
      await pipeline(stream, io.stdout, { end: false });
    });
};

const queryFor = ({ container, tail, since, ...flags }: LogsOptions): URLSearchParams => {
  const query = new URLSearchParams();
  if (container !== undefined) query.set('container', container);
  if (tail !== undefined) query.set('tailLines', tail);
  const seconds = since === undefined ? 0 : secondsIn(since);
  // As kubectl has it, none is all there is.
  if (seconds > 0) query.set('sinceSeconds', String(seconds));
  for (const [name, isOn] of Object.entries(flags)) if (isOn) query.set(name, 'true');
  return query;
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds, or a duration as kubectl takes it. The API knows whole seconds only: part of one counts as one. */
const secondsIn = (duration: string): number => {
  if (/^\d{1,9}$/.test(duration)) return Number(duration);
  if (!/^(\d{1,9}(\.\d+)?[hms])+$/.test(duration)) {
    throw new BootletError('E_USAGE', `--since takes seconds or a duration such as 5m, not "${duration}"`);
  }
  const parts = [...duration.matchAll(/([\d.]+)([hms])/g)];
  return Math.ceil(parts.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (UNITS[unit] ?? 1), 0));
};
