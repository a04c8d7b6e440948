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

test("a host whose network is bootlet's, over a reboot and the loss of its executable", { skip }, async (t) => {
  const { code, read } = await takeJourney(t, {
    init: 'systemd',
    steps: join(import.meta.dirname, 'network'),
    checkout: { root, paths: ['install.sh', 'units', 'manifests', 'dist/bootlet', 'test/host/lab/agent'] },
    limitSeconds: 1500,
  });
  if (code !== 0) {
    t.fail('a step of the journey failed', { log: await read('failed.log') });
    return;
  }
  const address = /^address cbr0 \S+ 10\.22\.3\.1\/24/m;
  const attached = /^docker bridge 10\.22\.3\.0\/24 .*bridge\.name:cbr0/m;

  await t.test(
    'the first start makes the bridge and attaches Docker to it, beside the options of others',
    async (t) => {
      const network = await read('network-installed');
      t.match(network, address);
      t.match(network, attached);
      t.match(network, /^daemon.json {3}"labels": \["rack=7"\],$/m);
      t.match(network, /^iptables-save :BOOTLET-/m);
      t.notMatch(network, /docker0/);
    },
  );

  await t.test("pods that want the pods' network have an address of the range", async (t) => {
    t.ok(readyPodsOf(await read('pods-installed.json')).includes('hello-lab-host'));
    t.match(await read('pods-installed.json'), /"podIP": *"10\.22\.3\.\d+"/);
  });

  await t.test(
    'after a reboot without an apiserver the bridge is there before Docker, and pods run again',
    async (t) => {
      const [bridge = 0, docker = 0, bootlet = 0] = (await read('order')).trim().split('\n').map(Number);
      t.ok(0 < bridge && bridge < docker && docker < bootlet, await read('order'));
      t.equal(await read('docker-starts'), '1\n', 'Docker was started once');
      t.match(await read('network-rebooted'), attached);
      t.ok(readyPodsOf(await read('pods-rebooted.json')).includes('hello-lab-host'));
      t.match(await read('pods-rebooted.json'), /"podIP": *"10\.22\.3\.\d+"/);
    },
  );

  await t.test(
    'after a reboot without the executable Docker starts on the bridge, and the journal tells',
    async (t) => {
      const network = await read('network-without');
      t.match(network, address);
      t.match(network, attached);
      t.match(network, /^net\.ipv4\.ip_forward = 1$/m);
      t.match(
        await read('journal-without'),
        /bootlet is gone[^]*ledger\.json[^]*bridge cbr0[^]*install\.sh --uninstall/,
      );
      t.equal(await read('service-without'), 'NRestarts=0\nActiveState=inactive\n');
    },
  );

  await t.test('uninstall gives the host the network back that it had', async (t) => {
    t.equal(await read('network-after'), await read('network-before'));
    t.equal(await read('inventory-after'), await read('inventory-before'));
  });

  await t.test('the unit is hardened as far as its work allows', async (t) => {
    const score = Number(/exposure level for bootlet-network.service: ([\d.]+)/.exec(await read('security'))?.[1]);
    t.ok(score <= 2, `systemd-analyze security says ${score}`);
  });
});
