import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { missing, skipUnless } from '../support/requires.ts';
import { takeJourney } from './lab/guest.ts';

const root = join(import.meta.dirname, '../..');
const skip =
  missing('qemu-system-x86_64', 'qemu-img', 'debootstrap') ||
  skipUnless(existsSync(join(root, 'dist/bootlet')), 'dist/bootlet is not built: npm run build');

test('a host with cgroup v2, the systemd driver, AppArmor and every capability', { skip }, async (t) => {
  const { code, read } = await takeJourney(t, {
    init: 'systemd',
    steps: join(import.meta.dirname, 'cgroup-v2'),
    checkout: { root, paths: ['install.sh', 'units', 'manifests', 'dist/bootlet'] },
    limitSeconds: 900,
  });
  if (code !== 0) {
    t.fail('the step failed', { log: await read('failed.log') });
    return;
  }

  await t.test('a pod is limited as a whole by its slice', async (t) => {
    t.equal(
      await read('pod'),
      '==> cpu.max <==\n100000 100000\n\n==> cpu.weight <==\n29\n\n==> memory.max <==\n134217728\n',
    );
  });

  await t.test('a container lies in the slice of its pod, with limits of its own', async (t) => {
    const lies = /\/kubepods\.slice\/kubepods-burstable\.slice\/kubepods-burstable-pod\w+\.slice\/docker-\w+\.scope$/m;
    for (const name of ['POD', 'confined', 'privileged']) t.match(await read(name), lies, name);
    t.equal(await read('container'), '50000 100000\n67108864\n');
  });

  await t.test('a container has the confinement it asks for', async (t) => {
    const confined = await read('confined');
    t.match(confined, /^CapEff:\t0000000000000400$/m);
    t.match(confined, /^NoNewPrivs:\t1$/m);
    t.match(confined, /^Seccomp:\t2$/m);
    t.match(confined, /^bootlet-lab \(enforce\)$/m);
  });

  await t.test('a privileged container has every capability and no confinement', async (t) => {
    const privileged = await read('privileged');
    // Docker 20.10 knows three fewer than the kernel.
    t.match(privileged, /^CapEff:\t0000(003f|01ff)f{8}$/m);
    t.match(privileged, /^Seccomp:\t0$/m);
    t.match(privileged, /^unconfined$/m);
  });

  await t.test('when memory runs out, the sandbox goes after its containers', async (t) => {
    t.match(await read('POD'), /^-998$/m);
    t.match(await read('confined'), /^99\d$/m);
  });

  await t.test('the slice of a pod and its settings go with it', async (t) => {
    t.equal(await read('removed'), 'gone\n');
  });
});
