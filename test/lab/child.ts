import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const KEPT_LINES = 200;
const END_MS = 30_000;

/** Where a process of the lab runs; where nothing is given, in the machine's own. */
export interface Namespaces {
  /** Network namespace by its name under /run/netns. */
  readonly netns?: string | undefined;
  /** A process whose mounts it sees. */
  readonly mountsOf?: number | undefined;
}

export interface ChildOptions extends Namespaces {
  readonly env?: NodeJS.ProcessEnv;
}

/** A long-running child of the lab whose output is lines, of which the last ones are kept for error messages. */
export interface Child {
  readonly pid: number;
  /** The last lines of its output, oldest first. */
  output(): string[];
  /** Resolves with the first line that matches; rejects, with the output, when the child ends or `ms` pass before that. */
  line(pattern: RegExp, ms: number): Promise<string>;
  /** Resolves once it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Sends the signal and waits for the end; nothing if it has ended already. What does not heed it is killed, and that is an error. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/**
 * The command line that runs `argv` in namespaces. nsenter, not `ip netns exec`, because that remounts /sys, which
 * dockerd does not survive.
 */
export const inNamespaces = (
  { netns, mountsOf }: Namespaces,
  argv: readonly string[],
): readonly [string, ...string[]] => [
  'nsenter',
  ...(netns === undefined ? [] : [`--net=/run/netns/${netns}`]),
  ...(mountsOf === undefined ? [] : [`--mount=/proc/${mountsOf}/ns/mnt`]),
  '--',
  ...argv,
];

/** It goes down with us: a test process that is killed leaves nothing running. */
const tethered = (argv: readonly string[], namespaces: Namespaces): string[] => [
  'setpriv',
  '--pdeathsig=TERM',
  ...inNamespaces(namespaces, argv),
];

/** Starts `argv` without a shell. */
export const startChild = (argv: readonly string[], options: ChildOptions = {}): Child => {
  const [command = '', ...args] = tethered(argv, options);
  const child = spawn(command, args, { env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const kept: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      for (const listener of listeners) listener(line);
    });
  }
  const ended = endOf(child);
  const describe = (what: string) => new Error(`${what}: ${argv.join(' ')}\n${kept.join('\n')}`);

  return {
    pid: child.pid ?? 0,
    output: () => [...kept],
    ended,
    line: (pattern, ms) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void) => {
          clearTimeout(timer);
          listeners.delete(listener);
          act();
        };
        const listener = (line: string) => {
          if (pattern.test(line)) finish(() => resolve(line));
        };
        const timer = setTimeout(() => finish(() => reject(describe(`no ${pattern} within ${ms} ms`))), ms);
        listeners.add(listener);
        void ended.then(() => finish(() => reject(describe(`ended before ${pattern}`))));
        kept.forEach(listener);
      }),
    end: async (signal) => {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await ended;
      clearTimeout(timer);
      if (child.signalCode === 'SIGKILL' && signal !== 'SIGKILL') throw describe(`did not heed ${signal}`);
    },
  };
};

const endOf = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'close').catch((error: unknown) => {
    throw new Error(`cannot run ${child.spawnfile}`, { cause: error });
  });
};
