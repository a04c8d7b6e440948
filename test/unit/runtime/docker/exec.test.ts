import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { type ExecOptions, exec } from '../../../../daemon/runtime/docker/exec.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const CONTAINER = 'c0ffee';

/** A Docker whose command never ends by itself, and what it says of it at each look; a pid that was given to another process cannot be had for real. */
const aHangingExec = (looks: readonly object[], cgroups: Readonly<Record<number, string>>) => {
  const clock = new FakeClock();
  const killed: number[] = [];
  const left = [...looks];
  const engine: ExecOptions['engine'] = {
    call: async ({ method }) => ({
      status: 200,
      body: method === 'POST' ? { Id: 'e1' } : (left.shift() ?? looks.at(-1)),
    }),
    stream: ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  };
  const processes = {
    cgroupOf: async (pid: number) => cgroups[pid] ?? '',
    kill: (pid: number) => void killed.push(pid),
  };
  const run = async (): Promise<unknown> => {
    const result = exec({ engine, clock, processes }, CONTAINER, ['sleep'], 1_000).catch((error: unknown) => error);
    await clock.advance(20_000);
    return result;
  };
  return { run, killed };
};

const running = { Running: true, Pid: 42, ExitCode: null };
const ended = { Running: false, Pid: 42, ExitCode: 137 };
const starting = { Running: false, Pid: 0, ExitCode: null };

test('a command whose time is over is killed by its pid on the host', async (t) => {
  const { run, killed } = aHangingExec([running, ended], { 42: `0::/system.slice/docker-${CONTAINER}.scope` });
  t.match(await run(), { code: 'E_TIMEOUT', message: /was killed/ });
  t.same(killed, [42]);
});

test('a pid is never killed once Docker says that the command has ended', async (t) => {
  const { run, killed } = aHangingExec([ended], { 42: `/docker/${CONTAINER}` });
  t.match(await run(), { code: 'E_TIMEOUT' });
  t.same(killed, []);
});

test('a pid is never killed when it is not in the container’s cgroup', async (t) => {
  const { run, killed } = aHangingExec([running], { 42: '0::/system.slice/sshd.service' });
  t.match(await run(), { code: 'E_TIMEOUT', message: /could not be killed/ });
  t.same(killed, []);
});

test('a command that is still being started is killed when it appears', async (t) => {
  const { run, killed } = aHangingExec([starting, starting, running, ended], { 42: `/docker/${CONTAINER}` });
  t.match(await run(), { code: 'E_TIMEOUT', message: /was killed/ });
  t.same(killed, [42]);
});

test('a Docker that does not answer in time says nothing about the command', async (t) => {
  const engine: ExecOptions['engine'] = {
    call: () => Promise.reject(new BootletError('E_TIMEOUT', 'docker did not answer')),
    stream: () => Promise.reject(new BootletError('E_TIMEOUT', 'docker did not answer')),
  };
  const options = { engine, clock: new FakeClock(), processes: { cgroupOf: async () => '', kill: () => {} } };
  await t.rejects(exec(options, CONTAINER, ['true'], 1_000), { code: 'E_RUNTIME_UNAVAILABLE' });
});
