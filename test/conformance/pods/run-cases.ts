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
  /** What did not hold while other cases ran; the differences are those of a second run, alone. */
  readonly inCompany?: readonly string[];
}

export interface RunOptions {
  /** How many cases run at a time: on two cores so many that a pod is up within the 2 s that the corpus counts with. */
  readonly company?: number;
  /** Called as each case ends. */
  readonly report?: (verdict: Verdict) => void;
}

const COMPANY = 8;
const APART_MS = 500;
/** When more than these fail in company it is not the company. */
const RETRIED = 8;

/** Runs the cases side by side, the longest first; a few that fail are run again, each alone. */
export const runCases = async (
  host: CaseHost,
  cases: readonly Case[],
  { company = COMPANY, report = () => undefined }: RunOptions = {},
): Promise<readonly Verdict[]> => {
  const queue = cases.toSorted((a, b) => b.expected.settleSeconds - a.expected.settleSeconds).values();
  const verdicts = new Map<Case, Verdict>();
  const workThrough = async (_: unknown, index: number): Promise<void> => {
    await delay(index * APART_MS);
    for (const next of queue) {
      const verdict = await judge(host, next);
      report(verdict);
      verdicts.set(next, verdict);
    }
  };
  await Promise.all(Array.from({ length: company }, workThrough));

  const failed = [...verdicts].filter(([, { differences }]) => differences.length > 0);
  if (company > 1 && failed.length <= RETRIED)
    for (const [again, { differences }] of failed) {
      await host.ended();
      const verdict = { ...(await judge(host, again)), inCompany: differences };
      report(verdict);
      verdicts.set(again, verdict);
    }
  await host.ended();
  return cases.flatMap((each) => verdicts.get(each) ?? []);
};

const judge = async (host: CaseHost, each: Case): Promise<Verdict> => {
  const { name, expected } = each;
  const lacking = unmet(expected.requires);
  if (lacking.length > 0) return { name, differences: [], skipped: `the machine lacks ${lacking.join(', ')}` };
  const differences = await runCase(host, each).catch((error: unknown) => [`it could not be run: ${inspect(error)}`]);
  return { name, differences };
};
