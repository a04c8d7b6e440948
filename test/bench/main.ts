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
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void stack.disposeAsync().finally(() => process.exit(INTERRUPTED)));
  }
  const figures = await run({ teardown: (fn) => stack.defer(async () => fn()) }, options);
  process.stdout.write(json ? `${JSON.stringify({ bench: name, ...figures })}\n` : `${name}\n${table(figures)}`);
};

const table = (figures: Figures): string =>
  Object.entries(figures)
    .map(([key, value]) => `  ${key.padEnd(12)}${value ?? '-'}\n`)
    .join('');

await main();
