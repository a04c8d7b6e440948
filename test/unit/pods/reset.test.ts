import { join } from 'node:path';
import { type Test, test } from 'tap';
import { BootletError } from '../../../daemon/errors.ts';
import { type ResetOptions, removeAllPods } from '../../../daemon/pods/reset.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { scratchFolder } from '../../support/file-source.ts';
import { aRun, aSandbox } from '../../support/pod-builders.ts';

/** A runtime with three pods, all of which have ended; the containers of some cannot be removed. */
const aReset = (t: Test, stuck: readonly string[]): { options: ResetOptions; removed: string[] } => {
  const removed: string[] = [];
  const root = scratchFolder(t);
  const pods = ['a', 'b', 'c'].flatMap((uid) => [
    aSandbox({ id: `sandbox-${uid}`, state: 'exited' }, uid),
    aRun({ id: `main-${uid}`, state: 'exited' }, uid),
  ]);
  const runtime: ResetOptions['runtime'] = {
    list: async () => pods,
    inspect: async () => undefined,
    signal: async () => undefined,
    remove: async (id) => {
      if (stuck.includes(id)) throw new BootletError('E_RUNTIME_REFUSED', `${id} is busy`);
      removed.push(id);
    },
  };
  const logFolders = { podLogs: join(root, 'pods'), containerLogs: join(root, 'containers') };
  return { options: { runtime, logFolders, clock: new FakeClock() }, removed };
};

test('a pod that cannot be removed keeps its sandbox, and no other pod', async (t) => {
  const { options, removed } = aReset(t, ['main-a']);
  await t.rejects(removeAllPods(options), { code: 'E_RUNTIME_REFUSED', message: 'main-a is busy' });
  t.same(removed.sort(), ['main-b', 'main-c', 'sandbox-b', 'sandbox-c']);
});

test('all that could not be removed is named', async (t) => {
  const { options } = aReset(t, ['main-a', 'sandbox-c']);
  await t.rejects(removeAllPods(options), { code: 'E_RUNTIME_REFUSED', message: 'main-a is busy; sandbox-c is busy' });
});
