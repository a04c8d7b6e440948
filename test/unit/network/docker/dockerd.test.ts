import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { Dockerd } from '../../../../daemon/network/docker/dockerd.ts';
import { DockerEngine } from '../../../../daemon/runtime/docker/engine.ts';
import { silentSocket } from '../../../lab/silent-socket.ts';

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
    stopping: undefined,
  });
  const from = performance.now();
  await t.rejects(dockerd.restart(), { code: 'E_NETWORK_UNSETTLED', message: /did not come back.*it took too long/ });
  t.ok(performance.now() - from < IN_TIME_MS);
});
