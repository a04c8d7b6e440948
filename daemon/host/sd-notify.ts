import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment.ts';

/** Tells systemd about the daemon: sd_notify(3) assignments such as `READY=1`. */
export type Notify = (...assignments: string[]) => Promise<void>;

const run = promisify(execFile);
const LIMIT_MS = 5000;

/**
 * Node has no unix datagrams, so systemd-notify(1) sends them; as root it speaks for its parent, so that NotifyAccess=main is enough.
 * Without NOTIFY_SOCKET nothing is there to be told, and nothing happens.
 * @throws when systemd-notify is missing, fails or takes longer than 5 s
 */
export const systemdNotify = (environment: NodeJS.ProcessEnv): Notify => {
  const socket = environment['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return async () => undefined;
  const env = { ...childEnvironment(environment), NOTIFY_SOCKET: socket };
  return async (...assignments) => {
    await run('systemd-notify', ['--no-block', ...assignments], { env, timeout: LIMIT_MS });
  };
};

/** How often to send `WATCHDOG=1`, ms: half of what systemd waits (sd_watchdog_enabled(3)). Undefined: it does not watch. */
export const watchdogInterval = (environment: NodeJS.ProcessEnv): number | undefined => {
  const microseconds = Number(environment['WATCHDOG_USEC']);
  return microseconds > 0 ? microseconds / 2000 : undefined;
};
