import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { label } from '../../daemon/pods/plan/labels.ts';
import { removeAllPods } from '../../daemon/pods/reset.ts';
import { systemClock } from '../../daemon/reconcile/clock.ts';
import { connectDocker } from '../../daemon/runtime/docker/docker-runtime.ts';
import { labelsOf, nameOf } from '../../daemon/runtime/docker/identity.ts';
import { startBootlet } from '../lab/bootlet.ts';
import { startDockerd } from '../lab/dockerd.ts';
import { labImages } from '../lab/images.ts';
import { missing } from '../support/requires.ts';

const skip = missing('dockerd', 'busybox');

test('a reset of what one instance runs', { skip }, async (t) => {
  const docker = await startDockerd(t);
  await docker.engine.load(await labImages());
  const folder = await mkdtemp(join(tmpdir(), 'bl-reset-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const logFolders = { podLogs: join(folder, 'pods'), containerLogs: join(folder, 'containers') };

  const start = async (instance: string, pod: string, container: string, script: string): Promise<void> => {
    const ref = { namespace: 'default', name: pod, uid: `uid-of-${pod}` };
    const created = await docker.engine.call('POST', `/containers/create?name=${nameOf(ref, container, 0)}`, {
      Image: 'lab/busybox:1',
      Cmd: ['/bin/sh', '-c', script],
      Labels: labelsOf(instance, ref, container, 0, { [label.gracePeriod]: '1' }),
      HostConfig: { NetworkMode: 'host' },
    });
    const { Id } = created as { readonly Id: string };
    await docker.engine.call('POST', `/containers/${Id}/start`);
  };
  const sleepUntilTold = 'trap "exit 0" TERM; sleep 1000 & wait';
  await start('ours', 'web', 'POD', sleepUntilTold);
  await start('ours', 'web', 'polite', sleepUntilTold);
  await start('ours', 'web', 'stubborn', 'trap "" TERM; sleep 1000');
  await start('ours', 'job', 'done', 'exit 0');
  await start('theirs', 'db', 'main', sleepUntilTold);
  const logs = join(logFolders.podLogs, 'default_web_uid-of-web');
  await mkdir(join(logs, 'polite'), { recursive: true });
  await writeFile(join(logs, 'polite', '0.log'), '');

  const runtime = connectDocker({ endpoint: docker.endpoint, instance: 'ours' });
  t.teardown(() => runtime.close());
  t.equal(await removeAllPods({ runtime, logFolders, clock: systemClock }), 2, 'it says how many pods there were');

  t.same(await runtime.list(), [], 'none of the instance is left, not even one that ignores its stop signal');
  t.equal((await docker.engine.list()).length, 1, "another instance's container runs on");
  await t.rejects(access(logs), { code: 'ENOENT' }, "the pods' log folders are gone");
});

test('a reset is refused while the daemon runs, since it would start the pods again', { skip }, async (t) => {
  const bootlet = await startBootlet(t, { docker: await startDockerd(t) });
  const { code, stderr } = await bootlet.cli('reset', '--yes', '--config', bootlet.configFile);
  t.equal(code, 1);
  t.match(stderr, 'E_STATE_LOCKED');
});
