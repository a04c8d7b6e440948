import { join } from 'node:path';
import { test } from 'tap';
import { readHostFacts } from '../../../daemon/host/facts/facts.ts';
import { readHardware } from '../../../daemon/host/facts/hardware.ts';

test('a host’s facts are read from where the kubelet reads them', async (t) => {
  const root = t.testdir({
    etc: { 'machine-id': '3d1219c7\n', 'os-release': 'NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' },
    sys: { class: { dmi: { id: { product_uuid: 'AB-CD\n' } } } },
    proc: {
      meminfo: 'MemTotal:  1 kB\nSwapTotal:       1024 kB\n',
      sys: { kernel: { random: { boot_id: '7d08\n' } } },
    },
  });
  t.match(readHostFacts(root), {
    machineID: '3d1219c7',
    systemUUID: 'AB-CD',
    bootID: '7d08',
    osImage: 'Debian GNU/Linux 12 (bookworm)',
    kernelVersion: /^\d+\./,
    swapBytes: 1048576,
  });
});

test('without DMI the device tree tells the system UUID, and without that the machine id does', async (t) => {
  const root = t.testdir({
    arm: { etc: { 'machine-id': 'm' }, proc: { 'device-tree': { 'vm,uuid': 'v\0' } } },
    bare: { etc: { 'machine-id': 'm' } },
  });
  t.equal(readHostFacts(join(root, 'arm')).systemUUID, 'v');
  t.equal(readHostFacts(join(root, 'bare')).systemUUID, 'm');
});

test('a machine id may lie where D-Bus has it, and what is nowhere is empty', async (t) => {
  const old = t.testdir({ etc: { 'machine-id': '' }, var: { lib: { dbus: { 'machine-id': 'd\n' } } } });
  t.match(readHostFacts(old), { machineID: 'd', systemUUID: '', bootID: '', osImage: 'Linux', swapBytes: 0 });
});

test('this machine has a processor, as systeminformation tells', async (t) => {
  const { processor, physicalCores } = await readHardware();
  t.not(processor, '');
  t.ok(physicalCores >= 1);
});
