import { execFile } from 'node:child_process';
import { BootletError } from '../errors.ts';
import { childEnvironment } from './child-environment.ts';

export interface ToolResult {
  /** 0 is success; 127: there is no such program. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface ToolInput {
  /** What it reads on stdin; nothing by default. */
  readonly input?: string;
}

interface RunOptions extends ToolInput {
  /** After it the program gets SIGKILL, ms; 30 s by default. */
  readonly limitMs?: number;
  /** Told its process id once it runs. */
  readonly started?: (pid: number) => void;
  readonly isLook?: false;
}

/** It changes nothing, and who asks for the same in the same turn of the event loop may share it: none has a limit of its own. */
interface LookOptions extends ToolInput {
  readonly isLook: true;
  readonly limitMs?: never;
  readonly started?: never;
}

export type ToolOptions = RunOptions | LookOptions;

/**
 * Runs a program of the host (`ip`, `iptables`, `nft`) without a shell and resolves when it has ended, however it ended.
 * @throws BootletError E_TIMEOUT; E_HOST_COMMAND when it was ended by a signal or wrote more than 64 MiB
 */
export type RunTool = (program: string, args: readonly string[], options?: ToolOptions) => Promise<ToolResult>;

/** The rules of a host with 100,000 of them take 10 MB. */
const MOST_OUTPUT = 64 * 2 ** 20;
const LIMIT_MS = 30_000;

/** Where administrators' programs are, which a service's PATH may leave out. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment for such a program: its words are read, so they must not be translated. */
export const toolEnvironment = (own: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { PATH = '' } = own;
  return { ...childEnvironment(own), PATH: `${SYSTEM_PATH}:${PATH}`, LC_ALL: 'C' };
};

export const hostTools = (environment: NodeJS.ProcessEnv): RunTool => {
  const env = toolEnvironment(environment);
  return (program, args, { input = '', limitMs = LIMIT_MS, started } = {}) =>
    new Promise((resolve, reject) => {
      const options = {
        env,
        encoding: 'utf8',
        timeout: limitMs,
        killSignal: 'SIGKILL',
        maxBuffer: MOST_OUTPUT,
      } as const;
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        if (error === null) return resolve({ exitCode: 0, stdout, stderr });
        if (typeof error.code === 'number') return resolve({ exitCode: error.code, stdout, stderr });
        if (error.code === 'ENOENT') return resolve({ exitCode: 127, stdout, stderr: `there is no ${program}` });
        const line = [program, ...args].join(' ');
        reject(
          error.killed === true && error.code === null
            ? new BootletError('E_TIMEOUT', `${line} did not end within ${limitMs / 1000} s`, { cause: error })
            : new BootletError('E_HOST_COMMAND', `${line} was cut short: ${error.message}`, { cause: error }),
        );
      });
      if (child.pid !== undefined) started?.(child.pid);
      // A program that ends without having read its input says why by its exit code.
      child.stdin?.on('error', () => undefined).end(input);
    });
};

/**
 * What a program printed that must succeed.
 * @throws BootletError E_HOST_COMMAND with what it complained of
 */
export const outputOf = async (
  run: RunTool,
  program: string,
  args: readonly string[],
  options?: ToolOptions,
): Promise<string> => {
  const { exitCode, stdout, stderr } = await run(program, args, options);
  if (exitCode === 0) return stdout;
  const complaint = stderr.trim() || `exit code ${exitCode}`;
  throw new BootletError('E_HOST_COMMAND', `${[program, ...args].join(' ')}: ${complaint}`);
};
