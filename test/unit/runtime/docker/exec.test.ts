import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { type ExecOptions, exec } from '../../../../daemon/runtime/docker/exec.ts';
import type { ContainerProcesses } from '../../../../daemon/runtime/docker/left-behind.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const CONTAINER = 'c0ffee';

interface HostProcess {
  readonly cgroup: string;
  readonly parent?: number;
}

/**
 * A Docker whose command never ends by itself, and what it says of it at each look; a pid that was given to another
 * process cannot be had for real. What is killed is gone.
 */
const aHangingExec = (looks: readonly object[], host: Readonly<Record<number, HostProcess>>) => {
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
  const processes: ContainerProcesses = {
    list: () =>
      Object.keys(host)
        .map(Number)
        .filter((pid) => !killed.includes(pid)),
    cgroupOf: (pid) => host[pid]?.cgroup ?? '',
    environmentOf: () => [],
    parentOf: (pid) => host[pid]?.parent ?? 1,
    kill: (pid) => void killed.push(pid),
  };
  const run = async (): Promise<unknown> => {
    const result = exec({ engine, clock, processes }, CONTAINER, ['sleep'], 1_000).catch((error: unknown) => error);
    await clock.advance(20_000);
    return result;
  };
  return { run, killed };
};

const inside: HostProcess = { cgroup: `0::/system.slice/docker-${CONTAINER}.scope` };
const running = { Running: true, Pid: 42, ExitCode: null };
const ended = { Running: false, Pid: 42, ExitCode: 137 };
const starting = { Running: false, Pid: 0, ExitCode: null };

test('a command whose time is over is killed by its pid on the host', async (t) => {
  const { run, killed } = aHangingExec([running, ended], { 42: inside });
  t.match(await run(), { code: 'E_TIMEOUT', message: /was killed/ });
  t.same(killed, [42]);
});

test('a pid is never killed once Docker says that the command has ended', async (t) => {
  const { run, killed } = aHangingExec([ended], { 42: inside });
  t.match(await run(), { code: 'E_TIMEOUT' });
  t.same(killed, []);
});

test('a pid is never killed when it is not in the container’s cgroup', async (t) => {
  const { run, killed } = aHangingExec([running], { 42: { cgroup: '0::/system.slice/sshd.service' } });
  t.match(await run(), { code: 'E_TIMEOUT', message: /could not be killed/ });
  t.same(killed, []);
});

test('a command that is still being started is killed when it appears', async (t) => {
  const { run, killed } = aHangingExec([starting, starting, running, ended], { 42: inside });
  t.match(await run(), { code: 'E_TIMEOUT', message: /was killed/ });
  t.same(killed, [42]);
});

test('what a command began is killed with it, as far as it is in the container', async (t) => {
  const host = {
    42: inside,
    43: { ...inside, parent: 42 },
    44: { ...inside, parent: 43 },
    45: { cgroup: '/', parent: 42 },
    46: { ...inside, parent: 1 },
  };
  const { run, killed } = aHangingExec([running, ended], host);
  t.match(await run(), { code: 'E_TIMEOUT', message: /was killed/ });
  t.same(killed, [42, 43, 44]);
});

const noProcesses: ContainerProcesses = {
  list: () => [],
  cgroupOf: () => '',
  environmentOf: () => [],
  parentOf: () => 0,
  kill: () => {},
};

test('a Docker that does not answer in time says nothing about the command', async (t) => {
  const engine: ExecOptions['engine'] = {
    call: () => Promise.reject(new BootletError('E_TIMEOUT', 'docker did not answer')),
    stream: () => Promise.reject(new BootletError('E_TIMEOUT', 'docker did not answer')),
  };
  const options = { engine, clock: new FakeClock(), processes: noProcesses };
  await t.rejects(exec(options, CONTAINER, ['true'], 1_000), { code: 'E_RUNTIME_UNAVAILABLE' });
});
