import { randomUUID } from 'node:crypto';
import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { ExecResult } from '../runtime.ts';
import type { DockerEngine } from './engine.ts';
import { fieldsOf, numberIn, stringIn } from './json.ts';
import { type ContainerProcesses, leftBehind } from './left-behind.ts';
import { demultiplexed } from './multiplexed.ts';

/** As the kubelet's probes: the rest is dropped. */
const LARGEST_OUTPUT = 10 * 1024;
/** How long a command whose time is over may take to appear or to end, so that it can be killed or is seen gone. */
const KILL_MS = 10_000;
const KILL_POLL_MS = 50;
/** Exit code of what SIGKILL ended, as a shell gives it. */
const KILLED = 137;
/** How Docker says, on the command's own output, that there never was a command. */
const NOT_STARTED = /^OCI runtime exec failed: /;

type Engine = Pick<DockerEngine, 'call' | 'stream'>;

/** A variable by which a command and all that it begins are known, however that detaches itself: it is inherited. */
export const execMark = (): string => `BOOTLET_EXEC=${randomUUID()}`;

export interface ExecOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly processes: ContainerProcesses;
}

/**
 * Runs a command in a running container and collects what it says.
 * @param timeoutMs undefined: as long as it takes
 * @throws BootletError E_TIMEOUT when `timeoutMs` is over, and only then; the command is killed, and with it what it
 * began. E_RUNTIME_REFUSED when it could not be started. E_RUNTIME_UNAVAILABLE when docker itself does not answer, which
 * tells nothing about the command
 */
export const exec = async (
  options: ExecOptions,
  id: string,
  command: readonly string[],
  timeoutMs: number | undefined,
): Promise<ExecResult> => {
  const { clock } = options;
  const engine = unavailableWhenSlow(options.engine);
  const mark = execMark();
  const body = { Cmd: command, Env: [mark], AttachStdout: true, AttachStderr: true };
  const created = await engine.call({ method: 'POST', path: `/containers/${id}/exec`, body });
  const execId = stringIn(fieldsOf(created.body, 'a created exec'), 'Id');
  const timeout = new AbortController();
  const cancel = timeoutMs === undefined ? () => {} : clock.setTimer(clock.now() + timeoutMs, () => timeout.abort());
  try {
    const output = await run(engine, execId, timeout.signal);
    const { exitCode } = await inspectExec(engine, execId);
    if (exitCode !== 0 && NOT_STARTED.test(output)) throw new BootletError('E_RUNTIME_REFUSED', output.trim());
    return { exitCode, output };
  } catch (error) {
    if (!timeout.signal.aborted) throw error;
    const gone = await killExec({ ...options, engine }, id, execId, mark);
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

/**
 * Whether the command is gone, and all that it began. One that is still being started has no pid yet, and what is killed
 * may have begun something just before, so this looks again until nothing is left.
 */
export const killExec = async (
  { engine, clock, processes }: ExecOptions,
  id: string,
  execId: string,
  mark: string,
): Promise<boolean> => {
  const until = clock.now() + KILL_MS;
  for (;;) {
    const seen = await inspectExec(engine, execId);
    // Looked up and killed in one go: between the two no pid can come to be another process's.
    const left = leftBehind(processes, id, { mark, pid: seen.isRunning ? seen.pid : 0 });
    for (const pid of left) processes.kill(pid);
    if (seen.hasEnded && left.length === 0) return true;
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

export const inspectExec = async (engine: Pick<Engine, 'call'>, execId: string): Promise<ObservedExec> => {
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
