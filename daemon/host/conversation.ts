import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BootletError, messageOf } from '../errors.ts';
import { toolEnvironment } from './run-tool.ts';

/** A program that answers each line on its stdin with one on its stdout. */
export interface Conversation {
  /** Questions may overlap: answers come in the order of the questions. @throws BootletError E_HOST_COMMAND when it ended */
  ask(line: string): Promise<string>;
  /** Ends its stdin, upon which it ends; resolves once it is gone. */
  end(): Promise<void>;
}

/** Longer than any question takes, ms. */
const LIMIT_MS = 30_000;

/**
 * Starts a program without a shell. Should this process be killed, its stdin ends all the same.
 * @param limitMs it gets SIGKILL when it has neither answered nor ended within that time
 */
export const startConversation = (
  [program, ...args]: readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
  limitMs = LIMIT_MS,
): Conversation => {
  const child = spawn(program, args, { env: toolEnvironment(environment), stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: PromiseWithResolvers<string>[] = [];
  let over: BootletError | undefined;
  const close = (why: string): void => {
    over ??= new BootletError('E_HOST_COMMAND', `${[program, ...args].join(' ')} ${why}`);
    for (const { reject } of waiting.splice(0)) reject(over);
  };
  child.on('error', (error) => close(messageOf(error)));
  child.on('close', (code, signal) => close(`ended (${signal ?? code})`));
  // One that ended without having read its input says why by its end.
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line));
  const withinLimit = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    ask: (line) => {
      if (over !== undefined) return Promise.reject(over);
      const answer = Promise.withResolvers<string>();
      waiting.push(answer);
      child.stdin.write(`${line}\n`);
      return withinLimit(answer.promise);
    },
    end: async () => {
      child.stdin.end();
      if (over === undefined) await withinLimit(once(child, 'close')).catch(() => undefined);
    },
  };
};
