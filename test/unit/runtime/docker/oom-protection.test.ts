import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { OomProtection, type Trial } from '../../../../daemon/runtime/docker/oom-protection.ts';

/** A Docker that starts protected sandboxes or does not, and remembers what it was asked. */
const aDocker = (allows: { protected: boolean; plain: boolean }) => {
  const done: string[] = [];
  const scores = new Map<string, boolean>();
  const trial: Trial = {
    create: async (isProtected) => {
      const id = `${isProtected ? 'protected' : 'plain'}-${scores.size}`;
      scores.set(id, isProtected);
      done.push(`create ${id}`);
      return { id, isNew: true };
    },
    start: async (id) => {
      done.push(`start ${id}`);
      if (!(scores.get(id) === true ? allows.protected : allows.plain))
        throw new BootletError('E_RUNTIME_REFUSED', 'EPERM');
    },
    remove: async (id) => {
      done.push(`remove ${id}`);
    },
  };
  return { trial, done };
};

const setUp = (allows: { protected: boolean; plain: boolean }, isPossible = true) => {
  const warnings: string[] = [];
  return {
    ...aDocker(allows),
    warnings,
    oom: new OomProtection(
      async () => isPossible,
      (message) => warnings.push(message),
    ),
  };
};

test('where dockerd may protect, the first sandbox shows it and all have protection', async (t) => {
  const { oom, trial, done, warnings } = setUp({ protected: true, plain: true });
  await oom.createSandbox(trial);
  await oom.createSandbox(trial);
  t.same(done, ['create protected-0', 'start protected-0', 'create protected-1']);
  t.same(warnings, []);
});

test('where it may not, the first sandbox is made anew without, and a warning says so once', async (t) => {
  const { oom, trial, done, warnings } = setUp({ protected: false, plain: true });
  t.equal(await oom.createSandbox(trial), 'plain-1');
  t.equal(await oom.createSandbox(trial), 'plain-2');
  t.same(done, [
    'create protected-0',
    'start protected-0',
    'remove protected-0',
    'create plain-1',
    'start plain-1',
    'create plain-2',
  ]);
  t.match(warnings, [/CAP_SYS_RESOURCE/]);
});

test('where nothing on the host can, no trial is made', async (t) => {
  const { oom, trial, done, warnings } = setUp({ protected: false, plain: true }, false);
  await oom.createSandbox(trial);
  t.same(done, ['create plain-0']);
  t.equal(warnings.length, 1);
});

test('a sandbox that starts neither way tells nothing about protection', async (t) => {
  const { oom, trial, done, warnings } = setUp({ protected: false, plain: false });
  await t.rejects(oom.createSandbox(trial), { code: 'E_RUNTIME_REFUSED' });
  t.equal(done.at(-1), 'remove plain-1', 'and is not left behind without protection');
  await t.rejects(oom.createSandbox(trial), { code: 'E_RUNTIME_REFUSED' });
  t.ok(done.includes('start protected-2'), 'the next one is a trial again');
  t.same(warnings, []);
});

test('sandboxes that are made at the same time wait for the one trial', async (t) => {
  const { oom, trial, done } = setUp({ protected: false, plain: true });
  await Promise.all([oom.createSandbox(trial), oom.createSandbox(trial), oom.createSandbox(trial)]);
  t.equal(done.filter((step) => step.startsWith('start protected')).length, 1);
});

test('a failed trial does not keep those that waited from their own', async (t) => {
  const { oom, trial } = setUp({ protected: true, plain: true });
  const gone: Trial = { ...trial, create: () => Promise.reject(new BootletError('E_RUNTIME_UNAVAILABLE', 'gone')) };
  const [first, second] = await Promise.allSettled([oom.createSandbox(gone), oom.createSandbox(trial)]);
  t.match(first, { status: 'rejected' });
  t.match(second, { status: 'fulfilled', value: 'protected-0' });
});

test('a sandbox that was there already is not started', async (t) => {
  const { oom, trial, done } = setUp({ protected: true, plain: true });
  t.equal(await oom.createSandbox({ ...trial, create: async () => ({ id: 'old', isNew: false }) }), 'old');
  t.same(done, []);
});

test('after a restart of the daemon, a pod’s sandbox tells what was found out before, for that pod only', async (t) => {
  const { oom, trial, warnings } = setUp({ protected: true, plain: true });
  t.equal(await oom.isGranted(async () => -998), true);
  t.equal(await oom.isGranted(async () => 0), false);
  t.equal(await oom.isGranted(async () => undefined), false, 'one that is gone tells nothing');
  t.same(warnings, []);
  t.equal(await oom.createSandbox(trial), 'protected-0', 'the next sandbox is the trial');
  t.equal(await oom.isGranted(async () => 0), true);
});
