import { readFile } from 'node:fs/promises';
import { BootletError, systemCodeOf } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { ExecResult } from '../runtime.ts';
import type { DockerEngine } from './engine.ts';
import { fieldsOf, numberIn, stringIn } from './json.ts';
import { demultiplexed } from './multiplexed.ts';

/** As the kubelet's probes: the rest is dropped. */
const LARGEST_OUTPUT = 10 * 1024;
/** How long a command whose time is over may take to appear or to end, so that it can be killed or is seen gone. */
const KILL_MS = 10_000;
const KILL_POLL_MS = 50;
/** Exit code of what SIGKILL ended, as a shell gives it. */
const KILLED = 137;

/** What killing needs of the host. */
export interface HostProcesses {
  /** The text of /proc/PID/cgroup; empty when there is no such process. */
  cgroupOf(pid: number): Promise<string>;
  kill(pid: number): void;
}

export const hostProcesses: HostProcesses = {
  cgroupOf: async (pid) => {
    try {
      return await readFile(`/proc/${pid}/cgroup`, 'utf8');
    } catch (error) {
      // ESRCH: it ended between the open and the read.
      if (['ENOENT', 'ESRCH'].includes(systemCodeOf(error) ?? '')) return '';
      throw error;
    }
  },
  kill: (pid) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (systemCodeOf(error) !== 'ESRCH') throw error;
    }
  },
};

type Engine = Pick<DockerEngine, 'call' | 'stream'>;

export interface ExecOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly processes: HostProcesses;
}

/**
 * Runs a command in a running container and collects what it says.
 * @throws BootletError E_TIMEOUT when `timeoutMs` is over, and only then; the command is killed. E_RUNTIME_UNAVAILABLE
 * when docker itself does not answer, which tells nothing about the command
 */
export const exec = async (
  options: ExecOptions,
  id: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ExecResult> => {
  const { clock } = options;
  const engine = unavailableWhenSlow(options.engine);
  const body = { Cmd: command, AttachStdout: true, AttachStderr: true };
  const created = await engine.call({ method: 'POST', path: `/containers/${id}/exec`, body });
  const execId = stringIn(fieldsOf(created.body, 'a created exec'), 'Id');
  const timeout = new AbortController();
  const cancel = clock.setTimer(clock.now() + timeoutMs, () => timeout.abort());
  try {
    const output = await run(engine, execId, timeout.signal);
    return { exitCode: (await inspect(engine, execId)).exitCode, output };
  } catch (error) {
    if (!timeout.signal.aborted) throw error;
    const gone = await killExec({ ...options, engine }, id, execId);
    throw new BootletError(
      'E_TIMEOUT',
      `command ${JSON.stringify(command)} took longer than ${timeoutMs} ms and ${gone ? 'was killed' : `could not be killed: it was still there after ${KILL_MS} ms`}`,
      { cause: error },
    );
  } finally {
    cancel();
  }
};

/** A call that was answered too late is docker's failure; without this it would pass for the command's. */
const unavailableWhenSlow = (engine: Engine): Engine => {
  const translate = (error: unknown): never => {
    if (!(error instanceof BootletError) || error.code !== 'E_TIMEOUT') throw error;
    throw new BootletError('E_RUNTIME_UNAVAILABLE', error.message, { cause: error });
  };
  return {
    call: (call) => engine.call(call).catch(translate),
    stream: (call) => engine.stream(call).catch(translate),
  };
};

const run = async (engine: Engine, execId: string, signal: AbortSignal): Promise<string> => {
  const path = `/exec/${execId}/start`;
  const headers = { 'content-type': 'application/json' };
  const stream = await engine.stream({
    method: 'POST',
    path,
    headers,
    body: JSON.stringify({ Detach: false, Tty: false }),
    signal,
  });
  const kept: Uint8Array[] = [];
  let left = LARGEST_OUTPUT;
  for await (const { data } of demultiplexed(stream)) {
    if (left <= 0) continue;
    kept.push(data.subarray(0, left));
    left -= data.length;
  }
  return Buffer.concat(kept).toString('utf8');
};

/** Whether the command is gone. One that is still being started has no pid yet, so this looks again for a while. */
const killExec = async ({ engine, clock, processes }: ExecOptions, id: string, execId: string): Promise<boolean> => {
  const until = clock.now() + KILL_MS;
  for (;;) {
    const seen = await inspect(engine, execId);
    if (seen.hasEnded) return true;
    // A pid that docker remembers may be another process's by now; the cgroup says whose it is.
    if (seen.isRunning && seen.pid > 0 && (await processes.cgroupOf(seen.pid)).includes(id)) processes.kill(seen.pid);
    if (clock.now() >= until) return false;
    await new Promise<void>((resolve) => clock.setTimer(clock.now() + KILL_POLL_MS, resolve));
  }
};

interface ObservedExec {
  readonly isRunning: boolean;
  readonly hasEnded: boolean;
  readonly pid: number;
  readonly exitCode: number;
}

const inspect = async (engine: Engine, execId: string): Promise<ObservedExec> => {
  const answer = await engine.call({ method: 'GET', path: `/exec/${execId}/json`, expect: [404] });
  // Docker forgets the execs of a container that has ended, and with it what it killed.
  if (answer.status === 404) return { isRunning: false, hasEnded: true, pid: 0, exitCode: KILLED };
  const fields = fieldsOf(answer.body, 'an exec');
  const isRunning = fields['Running'] === true;
  return {
    isRunning,
    // Null until it ends, also while it is being started.
    hasEnded: !isRunning && typeof fields['ExitCode'] === 'number',
    pid: numberIn(fields, 'Pid'),
    exitCode: numberIn(fields, 'ExitCode'),
  };
};
