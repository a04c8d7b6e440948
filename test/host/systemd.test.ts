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

test('a real systemd host, from a fresh install over a reboot to the uninstall', { skip }, async (t) => {
  const { code, read } = await takeJourney(t, {
    init: 'systemd',
    steps: join(import.meta.dirname, 'systemd'),
    checkout: { root, paths: ['install.sh', 'units', 'manifests', 'dist/bootlet', 'test/host/lab/agent'] },
    limitSeconds: 1500,
  });
  const readyPods = async (name: string): Promise<string[]> => readyPodsOf(await read(name));
  if (code !== 0) {
    t.fail('a step of the journey failed', { log: await read('failed.log') });
    return;
  }

  await t.test("the README's command installs bootlet and shows the demo pod running", async (t) => {
    t.strictSame(await readyPods('pods-installed.json'), ['bootlet-demo-lab-host']);
    t.match(await read('install.out'), '1 of 1 ready');
  });

  await t.test('the group bootlet may read the status socket, and only root may use the other', async (t) => {
    t.equal(
      await read('sockets'),
      '660 root:bootlet /run/bootlet/bootlet.sock\n600 root:root /run/bootlet/admin.sock\n',
    );
  });

  await t.test('the second install changes nothing and restarts nothing', async (t) => {
    t.match(await read('install-again.err'), 'nothing changed');
    t.equal(await read('service-again'), await read('service-first'));
    t.equal(await read('record-again'), await read('record-first'));
    t.equal(await read('written-again'), '');
  });

  await t.test('nothing of the person who called sudo becomes owned by root', async (t) => {
    t.equal(await read('owned-by-root'), '');
  });

  await t.test('after a reboot the demo pod runs again by itself', async (t) => {
    t.strictSame(await readyPods('pods-rebooted.json'), ['bootlet-demo-lab-host']);
  });

  await t.test('the daemon feeds its watchdog', async (t) => {
    t.equal(await read('watchdog-fed'), 'yes\n');
    t.equal(await read('service-restarted'), 'NRestarts=0\nActiveState=active\n');
  });

  await t.test('a restart of the service leaves the containers running', async (t) => {
    t.match(await read('containers-after-restart'), /^\w{64} /);
    t.equal(await read('containers-after-restart'), await read('containers-before-restart'));
  });

  await t.test('the unit is hardened as far as mounting for pods allows', async (t) => {
    const score = Number(/exposure level for bootlet.service: ([\d.]+)/.exec(await read('security'))?.[1]);
    t.ok(score <= 5.9, `systemd-analyze security says ${score}`);
  });

  await t.test('no core dump of the daemon can show its secrets', async (t) => {
    t.match(await read('core-limit'), /^Max core file size +0 +0 /);
  });

  await t.test('uninstall leaves the host as it was before the install', async (t) => {
    t.equal(await read('inventory-after'), await read('inventory-before'));
  });
});
