import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { pauseImageName, pauseImageTar } from '../../daemon/runtime/pause/image.ts';
import { startDockerd } from '../lab/dockerd.ts';
import { missing } from '../support/requires.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const image = pauseImageName(architecture);

test('Docker and the pause image', { skip: missing('dockerd') }, async (t) => {
  const { engine } = await startDockerd(t);
  const archive = join(t.testdir(), 'pause.tar');
  await writeFile(archive, pauseImageTar(architecture));
  await engine.load(archive);

  t.test('the image is there under its name, for this architecture', async (t) => {
    t.match(await engine.call('GET', `/images/${image}/json`), {
      RepoTags: [image],
      Architecture: architecture,
      Config: { Entrypoint: ['/pause'], User: '65535:65535', Labels: { 'io.bootlet.image': 'pause' } },
    });
  });

  t.test('a container of it runs, and ends with 0 as soon as it is stopped', async (t) => {
    const { Id } = (await engine.call('POST', '/containers/create', {
      Image: image,
      HostConfig: { NetworkMode: 'none', IpcMode: 'shareable' },
    })) as { Id: string };
    await engine.call('POST', `/containers/${Id}/start`);
    t.match(await engine.call('GET', `/containers/${Id}/json`), { State: { Running: true } });
    const before = Date.now();
    await engine.call('POST', `/containers/${Id}/stop?t=10`);
    t.ok(Date.now() - before < 5_000, 'SIGTERM was enough');
    t.match(await engine.call('GET', `/containers/${Id}/json`), { State: { Running: false, ExitCode: 0 } });
  });
});
