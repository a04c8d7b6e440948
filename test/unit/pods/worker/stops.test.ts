import { mkdir } from 'node:fs/promises';
import { test } from 'tap';
import { podFiles } from '../../../../daemon/pods/create/pod-files.ts';
import type { Stop } from '../../../../daemon/pods/plan/steps.ts';
import { Stops } from '../../../../daemon/pods/worker/stops.ts';
import { at } from '../../../support/pod-builders.ts';

const stop: Stop = { reason: 'deleted', graceSeconds: 30, killAt: at(3600), signalled: true, killed: false };

test('stops outlive the daemon that noted them', async (t) => {
  const state = t.testdir();
  await new Stops(state).note('uid-1', 'c1', stop);
  const next = new Stops(state);
  await next.load((error) => t.fail(error.message));
  t.same(
    [...next.all].map(([id, { reason, killAt, signalled }]) => [id, reason, killAt, signalled]),
    [['c1', 'deleted', at(3600), true]],
  );
});

test('what the next daemon notes of a pod is added to what the one before noted, whatever the uid', async (t) => {
  const state = t.testdir();
  await new Stops(state).note('a b:c', 'c1', stop);
  const next = new Stops(state);
  await next.load((error) => t.fail(error.message));
  await next.note('a b:c', 'c2', stop);
  const last = new Stops(state);
  await last.load((error) => t.fail(error.message));
  t.same([...last.all.keys()], ['c1', 'c2']);
});

test('after the clock was set back a stop takes no longer than its grace, and no longer with each look', async (t) => {
  const stops = new Stops(t.testdir());
  await stops.note('uid-1', 'c1', stop);
  stops.notAfter(at(10));
  t.equal(stops.all.get('c1')?.killAt, at(40));
  stops.notAfter(at(20));
  t.equal(stops.all.get('c1')?.killAt, at(40));
});

test('stops that cannot be read are reported, and keep no others from being known', async (t) => {
  const state = t.testdir({ pods: { 'uid-0': {} } });
  await mkdir(podFiles(state, 'uid-0').stops, { recursive: true });
  await new Stops(state).note('uid-1', 'c1', stop);
  const next = new Stops(state);
  const codes: string[] = [];
  await next.load((error) => codes.push(error.code));
  t.same(codes, ['E_STATE_BROKEN']);
  t.same([...next.all.keys()], ['c1']);
});
