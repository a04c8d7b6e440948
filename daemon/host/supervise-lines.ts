import { spawn } from 'node:child_process';
import { BootletError, messageOf, systemCodeOf } from '../errors.ts';
import { jitteredDelay } from '../reconcile/backoff.ts';
import { type Clock, sleep } from '../reconcile/clock.ts';
import { toolEnvironment } from './run-tool.ts';

export interface LineListener {
  /** Of its stdout or stderr, which says what was lost; without its end, and cut to 16 KiB. */
  onLine(line: string): void;
  /** It listens, again maybe: what happened before may not have been heard. */
  onUp(): void;
  /** It ended, or could not be started; it is started again. */
  onDown(error: BootletError): void;
}

export interface SupervisedProgram {
  /** Kills it; resolves once it is gone. */
  stop(): Promise<void>;
}

/** Runs a program that tells what happens, a line each (`ip monitor`, `nft monitor`), without a shell, until it is stopped. */
export type SuperviseLines = (program: string, args: readonly string[], listener: LineListener) => SupervisedProgram;

export interface SupervisorOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

const LONGEST_LINE = 16 * 1024;
const RESTART = { base: 200, cap: 60_000 };
/** One that ran for so long was not started in vain, ms. */
const STABLE_MS = 10_000;
/** A monitor does not say when it has subscribed. */
const SUBSCRIBED_MS = 500;

const lineSplitter = (onLine: (line: string) => void): ((chunk: Uint8Array) => void) => {
  const decoder = new TextDecoder();
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true }))
      .split('\n')
      .map((line) => line.slice(0, LONGEST_LINE));
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
};

/**
 * Programs that end are started again after a pause that grows. Should the daemon be killed, they end with the next
 * line that they write: nobody reads it.
 */
export const lineSupervisor = ({ environment, clock, random }: SupervisorOptions): SuperviseLines => {
  const env = toolEnvironment(environment);

  /** Runs it once; resolves with why it ended. */
  const runOnce = async (
    program: string,
    args: readonly string[],
    { onLine, onUp }: LineListener,
    signal: AbortSignal,
  ): Promise<BootletError> => {
    const words = [program, ...args].join(' ');
    const ended = Promise.withResolvers<BootletError>();
    let complaint = '';
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    child.once('error', (cause) => {
      const why = systemCodeOf(cause) === 'ENOENT' ? `there is no ${program}` : messageOf(cause);
      ended.resolve(new BootletError('E_HOST_COMMAND', `${words}: ${why}`, { cause }));
    });
    child.once('close', (code, by) => {
      const why = by === null ? complaint || `exit code ${code}` : `ended by ${by}`;
      ended.resolve(new BootletError('E_HOST_COMMAND', `${words}: ${why}`));
    });
    child.stdout.on('data', lineSplitter(onLine));
    child.stderr.on(
      'data',
      lineSplitter((line) => {
        complaint = line;
        onLine(line);
      }),
    );
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    const cancel = clock.setTimer(clock.now() + SUBSCRIBED_MS, onUp);
    try {
      return await ended.promise;
    } finally {
      cancel();
      signal.removeEventListener('abort', kill);
    }
  };

  return (program, args, listener) => {
    const stopping = new AbortController();
    const { signal } = stopping;
    const keepRunning = async (): Promise<void> => {
      let failures = 0;
      while (!signal.aborted) {
        const startedAt = clock.now();
        const error = await runOnce(program, args, listener, signal);
        if (signal.aborted) return;
        failures = clock.now() - startedAt < STABLE_MS ? failures + 1 : 1;
        listener.onDown(error);
        await sleep(clock, jitteredDelay(failures, RESTART, random()), signal);
      }
    };
    const running = keepRunning();
    return {
      stop: () => {
        stopping.abort();
        return running;
      },
    };
  };
};
