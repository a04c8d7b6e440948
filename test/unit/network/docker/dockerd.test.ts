import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { Dockerd } from '../../../../daemon/network/docker/dockerd.ts';
import { systemClock } from '../../../../daemon/reconcile/clock.ts';
import { DockerEngine } from '../../../../daemon/runtime/docker/engine.ts';
import { silentSocket } from '../../../lab/silent-socket.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const IN_TIME_MS = 30_000;

test('a dockerd whose socket is held while it does not come up has not come back, as soon as its time is over', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bl-silent-'));
  const path = join(folder, 'docker.sock');
  const close = await silentSocket(path);
  const engine = new DockerEngine(`unix://${path}`);
  t.teardown(async () => {
    await engine.close();
    await close();
    await rm(folder, { recursive: true });
  });
  let id = 'before';
  const dockerd = new Dockerd({
    engine,
    find: () => ({ id, pid: 1, startedAt: 0, args: [] }),
    service: () => ({ command: ['restart-docker'] }),
    run: async () => {
      id = 'after';
      return { exitCode: 1, stdout: '', stderr: 'it took too long' };
    },
    proc: '/proc',
    clock: systemClock,
    stopping: undefined,
  });
  const from = performance.now();
  await t.rejects(dockerd.restart(), { code: 'E_NETWORK_UNSETTLED', message: /did not come back.*it took too long/ });
  t.ok(performance.now() - from < IN_TIME_MS);
});

/** One that is asked what it says of its options, and how often. */
const anAskedDockerd = () => {
  const clock = new FakeClock();
  const host = { id: 'first', asked: 0, meanwhile: (): void => undefined };
  const dockerd = new Dockerd({
    engine: {
      call: async ({ path }) => {
        if (path === '/info') host.asked += 1;
        host.meanwhile();
        return { status: 200, body: path === '/info' ? { LiveRestoreEnabled: host.asked > 1 } : [] };
      },
    },
    find: () => ({ id: host.id, pid: 1, startedAt: 0, args: [] }),
    service: () => 'nobody may',
    run: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
    proc: '/proc',
    clock,
    stopping: undefined,
  });
  return { clock, host, dockerd };
};

test('a quick look does not ask a dockerd again for what it said of its options within the last minute', async (t) => {
  const { clock, host, dockerd } = anAskedDockerd();
  await dockerd.state({ isQuick: true });
  await clock.advance(59_000);
  t.match(await dockerd.state({ isQuick: true }), { liveRestore: false, running: 0 });
  t.equal(host.asked, 1);
  await clock.advance(1000);
  t.match(await dockerd.state({ isQuick: true }), { liveRestore: true });
  t.equal(host.asked, 2);
});

test('a quick look asks a dockerd that was started since', async (t) => {
  const { host, dockerd } = anAskedDockerd();
  await dockerd.state({ isQuick: true });
  host.id = 'second';
  await dockerd.state({ isQuick: true });
  t.equal(host.asked, 2);
});

test('any other look asks, and a quick one after it has its answer', async (t) => {
  const { host, dockerd } = anAskedDockerd();
  await dockerd.state();
  t.match(await dockerd.state(), { liveRestore: true });
  t.match(await dockerd.state({ isQuick: true }), { liveRestore: true });
  t.equal(host.asked, 2);
});

test('what was said while one dockerd followed another is not kept: it may be of either', async (t) => {
  const { host, dockerd } = anAskedDockerd();
  host.meanwhile = () => {
    host.id = 'second';
  };
  await dockerd.state({ isQuick: true });
  await dockerd.state({ isQuick: true });
  t.equal(host.asked, 2);
});
