import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Status } from '../api/status.ts';
import { BootletError } from '../errors.ts';
import { ANSWER_MS, type Client } from './client.ts';
import { clientFor } from './context.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';
import { secondsOf } from './seconds.ts';
import { statusText } from './status-text.ts';

interface StatusOptions {
  readonly check?: boolean;
  readonly wait?: string | true;
  readonly output: Format;
}

const PATH = '/apis/bootlet.io/v1alpha1/status';
const DEFAULT_WAIT_S = 60;
const LOOK_EVERY_MS = 200;
/** What a daemon gets for its answer even when the time to wait has run out. */
const LEAST_ANSWER_MS = 1000;

export const addStatus = (program: Command, io: Io): void => {
  program
    .command('status')
    .description('show what is right and wrong on this host, and what to do')
    .option('--check', 'exit 7 when something is wrong')
    .option('--wait [seconds]', `wait until nothing is wrong, at most so long (default: ${DEFAULT_WAIT_S})`)
    .addOption(outputOption('json', 'yaml'))
    .action(async ({ check = false, wait, output }: StatusOptions, command: Command) => {
      const client = clientFor(command, io);
      const deadline =
        wait === undefined ? undefined : Date.now() + (wait === true ? DEFAULT_WAIT_S : secondsOf(wait)) * 1000;
      const status = deadline === undefined ? await client.get<Status>(PATH) : await waitUntilGood(client, deadline);
      if (output === 'json' || output === 'yaml') await printObject(io, output, status);
      else io.out(await statusText(status, io));
      if (status.degraded && deadline !== undefined) io.setExitCode(EXIT.waitedTooLong);
      else if (status.degraded && check) io.setExitCode(EXIT.degraded);
    });
};

/** The status as soon as nothing is wrong, or the first one after the deadline. A daemon that is still starting is waited for. */
const waitUntilGood = async (client: Client, deadline: number): Promise<Status> => {
  for (;;) {
    const withinMs = Math.min(ANSWER_MS, Math.max(LEAST_ANSWER_MS, deadline - Date.now()));
    try {
      const status = await client.get<Status>(PATH, { withinMs });
      if (!status.degraded || Date.now() >= deadline) return status;
    } catch (error) {
      const mayCome = error instanceof BootletError && ['E_DAEMON_UNREACHABLE', 'E_TIMEOUT'].includes(error.code);
      if (!mayCome || Date.now() >= deadline) throw error;
    }
    await sleep(LOOK_EVERY_MS);
  }
};
