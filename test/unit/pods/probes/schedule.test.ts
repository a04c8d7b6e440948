import { test } from 'tap';
import { failure, success } from '../../../../daemon/pods/probes/probe.ts';
import {
  dueAt,
  initialState,
  isOver,
  nextState,
  notAfter,
  type ProbeKind,
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
  const state = { ...initialState('readiness'), lastAt: at(100) };
  t.equal(dueAt('readiness', { periodSeconds: 3 }, { state, timing }), at(103));
});

test('a clock that was set back delays a probe by a period at most', async (t) => {
  const state = { ...initialState('readiness'), lastAt: at(3600) };
  const rebased = notAfter(at(10), { state, timing });
  t.equal(dueAt('readiness', { periodSeconds: 3 }, rebased), at(13));
});

test('a clock that was set back before the first attempt costs the initial delay again and no more', async (t) => {
  const future = { ...timing, startedAt: at(3600), seenAt: at(3600) };
  const rebased = notAfter(at(10), { state: initialState('readiness'), timing: future });
  t.equal(dueAt('readiness', { initialDelaySeconds: 7 }, rebased), at(17));
});

test('a verdict changes once its threshold is reached in a row', async (t) => {
  const probe = { failureThreshold: 2 };
  const once = nextState(initialState('liveness'), failure('no'), probe, at(1));
  t.equal(once.result, 'success');
  const between = nextState(once, success(), probe, at(2));
  const again = nextState(between, failure('no'), probe, at(3));
  t.equal(again.result, 'success');
  t.equal(nextState(again, failure('no'), probe, at(4)).result, 'failure');
});

test('a startup probe is over with its verdict, a liveness probe with a failure, a readiness probe never', async (t) => {
  const ended = (kind: ProbeKind, result: 'success' | 'failure') => isOver(kind, { ...initialState(kind), result });
  t.same([ended('startup', 'success'), ended('startup', 'failure')], [true, true]);
  t.same([ended('liveness', 'success'), ended('liveness', 'failure')], [false, true]);
  t.same([ended('readiness', 'success'), ended('readiness', 'failure')], [false, false]);
});
