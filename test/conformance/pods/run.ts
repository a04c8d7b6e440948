/**
 * Runs single cases of the recorded pods by hand:
 *
 *     node test/conformance/pods/run.ts [--company N] [CASE...]
 *
 * CASE is the name of a folder of the corpus; with none, all are run. N is how many run at a time, once;
 * else some do, and those that fail are run again in less company. Needs root,
 * dockerd, busybox-static and gcc. Prints a line for each case, below it what does not hold; exit code 1 when
 * something does not. BOOTLET_CONFORMANCE names another corpus, BOOTLET_BINARY another program.
 */
import { parseArgs } from 'node:util';
import type { Scope } from '../../lab/scope.ts';
import { startCaseHost } from './case-host.ts';
import { readCases } from './cases.ts';
import { runCases, type Verdict } from './run-cases.ts';

const report = ({ name, skipped, differences, before }: Verdict): void => {
  const again = before === undefined ? '' : ' (again)';
  const word = skipped === undefined ? (differences.length === 0 ? 'ok' : 'not ok') : `skipped: ${skipped}`;
  process.stdout.write(`${[`${word} ${name}${again}`, ...differences].join('\n    ')}\n`);
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { company: { type: 'string' } } });
const all = readCases();
const unknown = positionals.filter((name) => !all.some((each) => each.name === name));
if (unknown.length > 0) throw new Error(`no such case: ${unknown.join(', ')}`);
const cases = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name));

await using stack = new AsyncDisposableStack();
const scope: Scope = { teardown: (fn) => stack.defer(async () => fn()) };
const host = await startCaseHost(scope);
const companies = values.company === undefined ? {} : { companies: [Number(values.company)] };
const verdicts = await runCases(host, cases, { ...companies, report });
const failed = verdicts.filter(({ differences }) => differences.length > 0);
process.stdout.write(`${verdicts.length} cases, ${failed.length} failed\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
