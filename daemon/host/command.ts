import { spawn } from 'node:child_process';
import { BootletError } from '../errors.ts';
import { childEnvironment } from './child-environment.ts';

/** What is kept of a command's words, bytes: enough for its complaint. */
const KEPT_OUTPUT = 4096;

export interface CommandResult {
  /** 0 is success; 127: there is no such program. */
  readonly exitCode: number;
  /** stdout and stderr as they came, cut to 4 KiB. */
  readonly output: string;
}

export interface RunningCommand {
  /** @throws BootletError E_TIMEOUT at the deadline, whether or not the process could be killed */
  readonly result: Promise<CommandResult>;
  /** When the process is gone. One that waits in the kernel for a server that is away may outlive its deadline and SIGKILL. */
  readonly gone: Promise<void>;
}

/** Starts a program without a shell. @param limitMs after it the process gets SIGKILL and `result` ends */
export const runCommand = (
  program: string,
  args: readonly string[],
  limitMs: number,
  environment: NodeJS.ProcessEnv,
): RunningCommand => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment(environment) });
  const output: Buffer[] = [];
  let kept = 0;
  const keep = (chunk: Buffer): void => {
    const part = chunk.subarray(0, KEPT_OUTPUT - kept);
    kept += part.length;
    output.push(part);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = Promise.withResolvers<CommandResult>();
  const gone = Promise.withResolvers<void>();
  const words = (): string => Buffer.concat(output).toString('utf8').trim();
  child.once('error', (error) => {
    ended.resolve({ exitCode: 127, output: error.message });
    gone.resolve();
  });
  child.once('exit', () => gone.resolve());
  child.once('close', (code, signal) =>
    ended.resolve({ exitCode: code ?? 128, output: signal === null ? words() : `${words()} (ended by ${signal})` }),
  );
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    // A process that cannot be killed must not keep the daemon from ending.
    child.unref();
    child.stdout.destroy();
    child.stderr.destroy();
    const line = [program, ...args].join(' ');
    ended.reject(new BootletError('E_TIMEOUT', `${line} did not end within ${limitMs / 1000} s`));
  }, limitMs);
  const result = ended.promise.finally(() => clearTimeout(timer));
  return { result, gone: gone.promise };
};
