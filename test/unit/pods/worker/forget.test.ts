import { lstatSync } from 'node:fs';
import { mkdir, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { hookMemory } from '../../../../daemon/pods/hooks/memory.ts';
import type { Stop } from '../../../../daemon/pods/plan/steps.ts';
import { containerType, runtimeStateType } from '../../../../daemon/pods/resources.ts';
import { Failures } from '../../../../daemon/pods/worker/failures.ts';
import { forgetRemoved, forgetUnlisted } from '../../../../daemon/pods/worker/forget.ts';
import { LogLinks } from '../../../../daemon/pods/worker/log-links.ts';
import { Stops } from '../../../../daemon/pods/worker/stops.ts';
import { TerminationMessages } from '../../../../daemon/pods/worker/termination-messages.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { until } from '../../../lab/until.ts';
import { aRuntime } from '../../../support/builders.ts';
import { aRun, at, ended } from '../../../support/pod-builders.ts';

const stop: Stop = { reason: 'deleted', graceSeconds: 30, killAt: at(30), signalled: true, killed: false };
const silent = pino({ level: 'silent' });
const isLink = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

const aHost = async (t: Test) => {
  const state = t.testdir();
  const store = new Store();
  const folders = { podLogs: join(state, 'pod-logs'), containerLogs: join(state, 'container-logs') };
  const logLinks = new LogLinks(folders);
  const stops = new Stops(state);
  const failures = new Failures(() => 0.5);
  const runtime = { logs: () => Promise.reject(new Error('it has no log')) };
  const messages = new TerminationMessages(state, runtime, new AbortController().signal);
  forgetRemoved(store, { stops, failures, messages, logLinks, log: silent });
  const containers = store.claim(containerType, 'test');
  return { state, store, containers, folders, logLinks, stops, failures, messages };
};

test('of a container that anyone removed nothing is kept', async (t) => {
  const { containers, folders, logLinks, stops, failures, messages } = await aHost(t);
  const run = { ...ended(aRun(), 1, at(0)), logPath: '/gone.log' };
  containers.put(run.id, run);
  await stops.note('uid-1', run.id, stop);
  await logLinks.place([run]);
  await messages.read([run]);
  failures.noteRemoval(run.id, new Error('busy'), at(0));
  t.equal((await readdir(folders.containerLogs)).length, 1);
  containers.remove(run.id);
  t.same([stops.all.size, failures.removals.size, messages.all.size], [0, 0, 0]);
  await until(async () => (await readdir(folders.containerLogs)).length === 0, { what: 'its link is gone' });
  const podLink = join(folders.podLogs, 'default_web-n_uid-1', 'main', '0.log');
  await until(() => !isLink(podLink), { what: 'the link that it led to is gone' });
});

test('the link of a container stays when an earlier one of the same attempt goes', async (t) => {
  const { folders, logLinks } = await aHost(t);
  const [old, now] = [aRun({ id: 'old', logPath: '/old.log' }), aRun({ id: 'now', logPath: '/now.log' })];
  await logLinks.place([old]);
  await logLinks.place([now]);
  await logLinks.remove(old);
  t.equal(await readlink(join(folders.podLogs, 'default_web-n_uid-1', 'main', '0.log')), '/now.log');
  t.same(await readdir(folders.containerLogs), ['web-n_default_main-now.log']);
});

test('what was noted of containers that the first list of the runtime does not name is dropped', async (t) => {
  const { state, store, containers, stops } = await aHost(t);
  await mkdir(join(state, 'pods'), { recursive: true });
  const hooks = hookMemory(state);
  for (const id of ['here', 'gone']) {
    await stops.note('uid-1', id, stop);
    await hooks.note('uid-1', `${id}/postStart`, { state: 'succeeded' });
  }
  forgetUnlisted(store, [stops, hooks]);
  const runtime = store.claim(runtimeStateType, 'test');
  runtime.put('docker', aRuntime({ ready: false, listed: false }));
  t.same([...stops.all.keys()], ['here', 'gone'], 'nothing is known before it');
  containers.put('here', aRun({ id: 'here' }));
  runtime.put('docker', aRuntime());
  t.same([...stops.all.keys(), ...hooks.all.keys()], ['here', 'here/postStart']);
  await stops.note('uid-1', 'here', stop);
  const next = new Stops(state);
  await next.load((error) => t.fail(error.message));
  t.same([...next.all.keys()], ['here'], 'and the next write does not put it back');
});
