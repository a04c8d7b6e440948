import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The standard input; none unless given. */
  readonly input?: string;
  /** Milliseconds, default one minute. */
  readonly timeout?: number;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; 128 + n is not used: a command ended by a signal has code -1. */
  readonly code: number;
}

/** Runs a command without a shell to its end, whatever its exit code. Throws only if it cannot be started. */
export const tryRun = (
  command: string,
  args: readonly string[],
  { input, ...options }: RunOptions = {},
): Promise<RunResult> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { timeout: 60_000, maxBuffer: 64 * 1024 * 1024, ...options },
      (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr, code: 0 });
        else if (typeof error.code === 'string') reject(new Error(`cannot run ${command}`, { cause: error }));
        else resolve({ stdout, stderr, code: error.code ?? -1 });
      },
    );
    // It may end before it has read all of it.
    child.stdin?.on('error', () => undefined);
    if (input !== undefined) child.stdin?.end(input);
  });

/** The same for a command that must succeed: its standard output. */
export const run = async (command: string, args: readonly string[], options: RunOptions = {}): Promise<string> => {
  const { stdout, stderr, code } = await tryRun(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
};
