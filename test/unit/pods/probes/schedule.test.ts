import { test } from 'tap';
import { errored, failure, type ProbeAttempt, success } from '../../../../daemon/pods/probes/probe.ts';
import {
  dueAt,
  initialState,
  isOver,
  nextState,
  notAfter,
  type ProbeKind,
  type ProbeState,
} from '../../../../daemon/pods/probes/schedule.ts';
import { at } from '../../../support/pod-builders.ts';

const timing = { startedAt: at(0), seenAt: at(0), jitter: 0.5 };
const beginning = (kind: ProbeKind) => ({ state: initialState(kind), timing });

test('readiness is probed as soon as its initial delay is over', async (t) => {
  t.equal(dueAt('readiness', { initialDelaySeconds: 7, periodSeconds: 5 }, beginning('readiness')), at(7));
});

test('liveness is probed first at the tick of its period after the initial delay', async (t) => {
  t.equal(dueAt('liveness', { periodSeconds: 5 }, beginning('liveness')), at(5));
  t.equal(dueAt('liveness', { initialDelaySeconds: 7, periodSeconds: 5 }, beginning('liveness')), at(10));
});

test('liveness probes of containers that are taken over spread over a period', async (t) => {
  const progress = { state: initialState('liveness'), timing: { ...timing, seenAt: at(1000) } };
  t.equal(dueAt('liveness', { periodSeconds: 10 }, progress), at(1005));
});

test('the next attempt comes a period after the last', async (t) => {
  const state = nextState('readiness', beginning('readiness'), failure('no'), { periodSeconds: 3 }, at(100));
  t.equal(dueAt('readiness', { periodSeconds: 3 }, { state, timing }), at(103));
});

test('the attempt after the first success comes at a random part of the period, and later ones keep it', async (t) => {
  const probe = { periodSeconds: 10 };
  const first = nextState('readiness', beginning('readiness'), success(), probe, at(100));
  t.equal(first.nextAt, at(105));
  t.equal(nextState('readiness', { state: first, timing }, success(), probe, at(105)).nextAt, at(115));
});

test('a clock that was set back delays a probe by a period at most', async (t) => {
  const state = { ...initialState('readiness'), nextAt: at(3600) };
  const rebased = notAfter(at(10), { periodSeconds: 3 }, { state, timing });
  t.equal(dueAt('readiness', { periodSeconds: 3 }, rebased), at(13));
});

test('a clock that was set back before the first attempt costs the initial delay again and no more', async (t) => {
  const future = { ...timing, startedAt: at(3600), seenAt: at(3600) };
  const rebased = notAfter(at(10), {}, { state: initialState('readiness'), timing: future });
  t.equal(dueAt('readiness', { initialDelaySeconds: 7 }, rebased), at(17));
});

test('a verdict changes once its threshold is reached in a row', async (t) => {
  const probe = { failureThreshold: 2 };
  const next = (state: ProbeState, attempt: ProbeAttempt, when: number) =>
    nextState('liveness', { state, timing }, attempt, probe, at(when));
  const once = next(initialState('liveness'), failure('no'), 1);
  t.equal(once.result, 'success');
  const between = next(once, success(), 2);
  const again = next(between, failure('no'), 3);
  t.equal(again.result, 'success');
  t.equal(next(again, failure('no'), 4).result, 'failure');
});

test('an error is no verdict and breaks no row', async (t) => {
  const probe = { failureThreshold: 2, periodSeconds: 1 };
  const once = nextState('liveness', beginning('liveness'), failure('no'), probe, at(1));
  const between = nextState('liveness', { state: once, timing }, errored('no such port'), probe, at(2));
  t.same(between, { ...once, nextAt: at(3) });
  t.equal(nextState('liveness', { state: between, timing }, failure('no'), probe, at(3)).result, 'failure');
});

test('a startup probe is made ahead of its first tick, but fails only from then on', async (t) => {
  const probe = { failureThreshold: 1, periodSeconds: 5 };
  t.equal(dueAt('startup', probe, beginning('startup')), at(0));
  t.equal(nextState('startup', beginning('startup'), failure('no'), probe, at(0)).result, 'unknown');
  t.equal(nextState('startup', beginning('startup'), success(), probe, at(0)).result, 'success');
  t.equal(nextState('startup', beginning('startup'), failure('no'), probe, at(5)).result, 'failure');
});

test('a startup probe is over with its verdict, a liveness probe with a failure, a readiness probe never', async (t) => {
  const ended = (kind: ProbeKind, result: 'success' | 'failure') => isOver(kind, { ...initialState(kind), result });
  t.same([ended('startup', 'success'), ended('startup', 'failure')], [true, true]);
  t.same([ended('liveness', 'success'), ended('liveness', 'failure')], [false, true]);
  t.same([ended('readiness', 'success'), ended('readiness', 'failure')], [false, false]);
});
