import { inspect } from 'node:util';
import type { Scope } from '../lab/scope.ts';
import { type BenchArguments, readArguments, USAGE } from './arguments.ts';
import type { Figures } from './bench.ts';

const USAGE_ERROR = 2;
const INTERRUPTED = 130;

const main = async (): Promise<void> => {
  let args: BenchArguments;
  try {
    args = readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exitCode = USAGE_ERROR;
    return;
  }
  const { name, run, options, json } = args;
  await using stack = new AsyncDisposableStack();
  const scope: Scope = { teardown: (fn) => stack.defer(async () => fn()) };
  const figures = await Promise.race([run(scope, options), interruption()]);
  if (figures === undefined) {
    process.exitCode = INTERRUPTED;
    return;
  }
  process.stdout.write(json ? `${JSON.stringify({ bench: name, ...figures })}\n` : `${name}\n${table(figures)}`);
};

/** Resolves when someone wants this to end. */
const interruption = (): Promise<undefined> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve(undefined));
  });

const table = (figures: Figures): string =>
  Object.entries(figures)
    .map(([key, value]) => `  ${key.padEnd(12)}${value ?? '-'}\n`)
    .join('');

/** A failure to take down again must not hide what went wrong before it. */
const failuresIn = (error: unknown): unknown[] =>
  error instanceof SuppressedError ? [...failuresIn(error.suppressed), ...failuresIn(error.error)] : [error];

await main().catch((error: unknown) => {
  for (const failure of failuresIn(error)) process.stderr.write(`${inspect(failure)}\n`);
  process.exitCode = 1;
});
