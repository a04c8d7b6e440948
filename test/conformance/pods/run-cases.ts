import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { CaseHost } from './case-host.ts';
import type { Case } from './cases.ts';
import { unmet } from './requirements.ts';
import { runCase } from './run-case.ts';

/** How a case went. */
export interface Verdict {
  readonly name: string;
  /** Why it was not run. */
  readonly skipped?: string;
  /** What does not hold; none when all does. */
  readonly differences: readonly string[];
  /** What did not hold in earlier runs, in more company. */
  readonly before?: readonly string[];
}

export interface RunOptions {
  /** How many cases run at a time, and how many of those that fail then when they are run again, and so on. */
  readonly companies?: readonly number[];
  /** Called as each case ends. */
  readonly report?: (verdict: Verdict) => void;
}

/**
 * On two cores eight pods are up within the 2 s that the corpus counts with, unless the machine has other work: what
 * fails is therefore run again with more room. No answer gets better by that but one that came too late.
 */
const COMPANIES = [8, 3, 1];
const APART_MS = 500;
/** When more than these fail it is not the company that makes them run alone. */
const MOST_ALONE = 10;

/** Runs the cases side by side, the longest first, and those that fail again in less company. */
export const runCases = async (
  host: CaseHost,
  cases: readonly Case[],
  { companies = COMPANIES, report = () => undefined }: RunOptions = {},
): Promise<readonly Verdict[]> => {
  const verdicts = new Map<Case, Verdict>();
  for (const company of companies) {
    const failed = cases.filter((each) => verdicts.get(each)?.differences.length !== 0);
    if (company === 1 && companies.length > 1 && failed.length > MOST_ALONE) break;
    await runTogether(host, failed, company, (each, verdict) => {
      const { differences: before } = verdicts.get(each) ?? {};
      verdicts.set(each, before === undefined ? verdict : { ...verdict, before });
      report(verdicts.get(each) ?? verdict);
    });
    await host.ended();
  }
  return cases.flatMap((each) => verdicts.get(each) ?? []);
};

const runTogether = async (
  host: CaseHost,
  cases: readonly Case[],
  company: number,
  take: (each: Case, verdict: Verdict) => void,
): Promise<void> => {
  const queue = cases.toSorted((a, b) => b.expected.settleSeconds - a.expected.settleSeconds).values();
  const workThrough = async (_: unknown, index: number): Promise<void> => {
    await delay(index * APART_MS);
    for (const next of queue) take(next, await judge(host, next));
  };
  await Promise.all(Array.from({ length: company }, workThrough));
};

const judge = async (host: CaseHost, each: Case): Promise<Verdict> => {
  const { name, expected } = each;
  const lacking = unmet(expected.requires);
  if (lacking.length > 0) return { name, differences: [], skipped: `the machine lacks ${lacking.join(', ')}` };
  const differences = await runCase(host, each).catch((error: unknown) => [`it could not be run: ${inspect(error)}`]);
  return { name, differences };
};
