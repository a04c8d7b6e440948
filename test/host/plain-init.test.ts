import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { missing, skipUnless } from '../support/requires.ts';
import { takeJourney } from './lab/guest.ts';
import { readyPodsOf } from './lab/ready-pods.ts';

const root = join(import.meta.dirname, '../..');
const skip =
  missing('qemu-system-x86_64', 'qemu-img', 'debootstrap') ||
  skipUnless(existsSync(join(root, 'dist/bootlet')), 'dist/bootlet is not built: npm run build');

test('a host whose PID 1 is not systemd', { skip }, async (t) => {
  const { code, read } = await takeJourney(t, {
    init: 'plain',
    steps: join(import.meta.dirname, 'plain-init'),
    checkout: { root, paths: ['install.sh', 'units', 'manifests', 'dist/bootlet', 'test/host/lab/agent'] },
    limitSeconds: 1500,
  });
  if (code !== 0) {
    t.fail('a step of the journey failed', { log: await read('failed.log') });
    return;
  }
  const before = await read('before');
  const readyPods = async (name: string): Promise<string[]> => readyPodsOf(await read(name));

  await t.test('a dry run prints what it would do and does nothing', async (t) => {
    t.match(await read('dry-run.out'), 'would write /usr/local/bin/bootlet\n');
    t.equal(await read('after-dry-run'), before);
  });

  await t.test('beside a kubelet that reads the folder nothing is installed', async (t) => {
    t.equal(await read('contested.code'), '6\n');
    t.equal(await read('after-contested'), before);
  });

  await t.test('a failed step says which and why, and leaves what was there before', async (t) => {
    t.equal(await read('failed.code'), '1\n');
    t.match(await read('failed.err'), /cannot stat .*demo-amd64[^]*could not put the demo pod in place/);
    t.equal(await read('after-failure'), before);
    t.equal(await read('state-after-failure'), './images/mine.tar\n');
  });

  await t.test('the init script starts the daemon now and at boot, and Docker is started for it', async (t) => {
    t.strictSame(await readyPods('pods-installed.json'), ['bootlet-demo-lab-host']);
    t.match(await read('rc2.d'), /^S\d\dbootlet$/m);
    t.match(await read('rc2.d'), /^S\d\dbootlet-network$/m);
  });

  await t.test('a later install keeps what the user changed: an edited configuration, a removed demo', async (t) => {
    t.match(await read('install-again.err'), /kept \/etc\/bootlet\/config.yaml[^]*left out/);
    t.strictSame(await readyPods('pods-mine.json'), ['mine-lab-host']);
  });

  await t.test('while the configuration is broken, uninstall stops and removes nothing', async (t) => {
    t.equal(await read('refused.code'), '1\n');
    t.match(await read('refused.err'), 'config.yaml:');
  });

  await t.test("uninstall takes everything of bootlet's and leaves what is the user's", async (t) => {
    const added = (await read('after-uninstall')).split('\n').filter((line) => !before.includes(`${line}\n`));
    t.strictSame(added, [
      'file /etc/bootlet d 755 root:root',
      'file /etc/bootlet/config.yaml f 644 root:root',
      'file /etc/kubernetes d 755 root:root',
      'file /etc/kubernetes/manifests d 755 root:root',
      'file /etc/kubernetes/manifests/mine.yaml f 644 root:root',
    ]);
  });
});
