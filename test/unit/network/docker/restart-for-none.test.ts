import { join } from 'node:path';
import { type Test, test } from 'tap';
import { stepsOf } from '../../../../daemon/network/docker/carry-out-step.ts';
import type { EngineState } from '../../../../daemon/runtime/docker/engine-state.ts';
import { anEngineState } from './builders.ts';

const PROCESS = { pid: 812, id: '812-1', startedAt: 0, args: [] };
const STEP = {
  do: 'restart',
  expect: undefined,
  isLast: true,
  attempt: { text: '{}', network: 'cbr0 10.22.3.1' },
  mayRemember: false,
  isForNone: true,
} as const;

const notAsked = () => Promise.reject(new Error('not asked'));

/** Carries out a restart that no container may live through, of a dockerd like that; true: it was restarted. */
const isRestarted = async (t: Test, state: EngineState | undefined, process = true): Promise<boolean> => {
  let restarted = false;
  const step = stepsOf({
    path: join(t.testdir({ 'daemon.json': '{}' }), 'daemon.json'),
    dockerd: {
      process: () => (process ? PROCESS : undefined),
      log: () => "Docker's log",
      state: async () => state,
      reload: notAsked,
      restart: async () => {
        restarted = true;
        return { process: PROCESS, state: anEngineState() };
      },
    },
    memory: { load: async () => undefined, save: async () => undefined },
    engine: { call: notAsked },
    run: notAsked,
    sysctls: { read: () => undefined, write: notAsked },
    clock: { now: () => 0 },
  });
  await step(STEP);
  return restarted;
};

test('Docker is restarted for its network while no container runs', async (t) => {
  t.ok(await isRestarted(t, anEngineState()));
});

test('it is not once one was started', async (t) => {
  const one = isRestarted(t, anEngineState({ running: 1 }));
  await t.rejects(one, { code: 'E_NETWORK_UNSETTLED', message: /a container was started/ });
});

test('one that runs and does not say what it runs is not restarted', async (t) => {
  await t.rejects(isRestarted(t, undefined), { code: 'E_NETWORK_UNSETTLED', message: /does not answer/ });
});

test('one that has ended is started by it: nothing of it runs', async (t) => {
  t.ok(await isRestarted(t, undefined, false));
});
