import { test } from 'tap';
import { type Evidence, lookAgainAt, nextCandidate } from '../../../../daemon/pods/source/settle.ts';

/** A valid file that changed at 1000, was first seen as it is at 1001, and is looked at now. */
const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  candidate: { fingerprint: 'f', since: 1001, first: 1001 },
  hint: undefined,
  renamed: false,
  changedAt: 1000,
  valid: true,
  now: 1002,
  ...over,
});

test('a file that was moved into place is whole at once', async (t) => {
  t.equal(lookAgainAt(evidence({ hint: 'moved', renamed: true })), undefined);
});

test('a file that was moved into place right after it was written is whole some milliseconds later', async (t) => {
  t.equal(lookAgainAt(evidence({ hint: 'moved' })), 1005);
  t.equal(lookAgainAt(evidence({ hint: 'moved', now: 1005 })), undefined);
});

test('a file that is written in place is whole when it was at rest for long enough', async (t) => {
  for (const hint of ['written', undefined] as const) {
    t.equal(lookAgainAt(evidence({ hint })), 1150);
    t.equal(lookAgainAt(evidence({ hint, now: 1149 })), 1150);
    t.equal(lookAgainAt(evidence({ hint, now: 1150 })), undefined);
  }
});

test('an invalid content waits, moved or not', async (t) => {
  t.equal(lookAgainAt(evidence({ hint: 'moved', renamed: true, valid: false })), 1150);
});

test('a file that has long been at rest is whole at first sight', async (t) => {
  t.equal(lookAgainAt(evidence({ changedAt: -100_000 })), undefined);
});

test('a time stamp in the future keeps no file waiting for longer than the rest takes', async (t) => {
  t.equal(lookAgainAt(evidence({ changedAt: 9_000_000 })), 1151);
  t.equal(lookAgainAt(evidence({ changedAt: 9_000_000, hint: 'moved' })), 1151);
  t.equal(lookAgainAt(evidence({ changedAt: 9_000_000, now: 1151 })), undefined);
});

test('the time at rest counts from when the file was first seen as it is', async (t) => {
  const first = nextCandidate(undefined, 'f', 10);
  t.same(nextCandidate(first, 'f', 20), { fingerprint: 'f', since: 10, first: 10 });
  t.same(nextCandidate(first, 'g', 20), { fingerprint: 'g', since: 20, first: 10 });
});

test('a file that changes while it is read is never at rest', async (t) => {
  const first = nextCandidate(undefined, '', 10);
  t.same(nextCandidate(first, '', 20), { fingerprint: '', since: 20, first: 10 });
});

test('a clock that was set back keeps no file waiting', async (t) => {
  const first = nextCandidate(undefined, 'f', 1_000_000);
  t.same(nextCandidate(first, 'f', 20), { fingerprint: 'f', since: 20, first: 20 });
});
