import { test } from 'tap';
import { missing, skipUnless } from '../support/requires.ts';
import { startCaseHost } from './pods/case-host.ts';
import { CORPUS, corpusExists, readCases } from './pods/cases.ts';
import { runCases } from './pods/run-cases.ts';

const skip =
  missing('dockerd', 'busybox', 'gcc') ||
  skipUnless(process.geteuid?.() === 0, 'needs root') ||
  skipUnless(corpusExists(), `no recorded pods in ${CORPUS}`);

/** Whatever the corpus holds: the seconds of all cases, some at a time, and a second run for a few of them. */
const TIMEOUT = 15 * 60_000;

test('a static pod becomes what the kubelet made of it', { skip, timeout: TIMEOUT }, async (t) => {
  const host = await startCaseHost(t);
  const verdicts = await runCases(host, readCases());
  for (const { name, skipped, differences, before } of verdicts) {
    await t.test(name, skipped === undefined ? {} : { skip: skipped }, async (t) => {
      if (before !== undefined) t.comment(`run again in less company; before: ${before.join('; ')}`);
      t.same(differences, []);
    });
  }
});
