import { Agent, request } from 'undici';
import { type Child, startChild } from '../child.ts';
import type { Scope } from '../scope.ts';
import { until } from '../until.ts';

const READY_MS = 120_000;

/** A server process of a control plane, which can be ended and started again with the same ports and files. */
export interface Server {
  readonly url: string;
  /** Of the process that runs, or ran last. */
  readonly pid: number;
  /** Starts it, if it does not run, and waits until it is ready. */
  start(): Promise<void>;
  end(signal?: NodeJS.Signals): Promise<void>;
  /** Its connections stay open, and nothing answers: as when the machine behind them is gone. */
  pause(): void;
  resume(): void;
}

export interface ServerOptions {
  readonly argv: readonly string[];
  readonly url: string;
  /** Answers 200 to anyone once the server is ready. */
  readonly readyPath: string;
}

/** A server that is not running yet; what runs of it goes down with the scope. */
export const newServer = (scope: Scope, { argv, url, readyPath }: ServerOptions): Server => {
  // Who it is does not matter here.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  scope.teardown(() => dispatcher.destroy());
  let child: Child | undefined;
  const end = async (signal: NodeJS.Signals = 'SIGKILL') => {
    await child?.end(signal);
    child = undefined;
  };
  scope.teardown(() => end());

  const answers = async () => {
    const { statusCode, body } = await request(`${url}${readyPath}`, { dispatcher });
    await body.dump();
    return statusCode === 200;
  };
  return {
    url,
    get pid() {
      return child?.pid ?? 0;
    },
    start: async () => {
      if (child !== undefined) return;
      const started = startChild(argv);
      child = started;
      const gone = started.ended.then(() => {
        throw new Error(`${argv.slice(0, 2).join(' ')} ended:\n${started.output().join('\n')}`);
      });
      const ready = until(answers, { what: `${url} is ready`, within: READY_MS, every: 50 });
      // Ends of its own after this are for whoever misses it.
      gone.catch(() => undefined);
      await Promise.race([ready, gone]);
    },
    end,
    pause: () => child !== undefined && process.kill(child.pid, 'SIGSTOP'),
    resume: () => child !== undefined && process.kill(child.pid, 'SIGCONT'),
  };
};
