import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../lab/run.ts';
import type { Scope } from '../../lab/scope.ts';
import { preparedDisk } from './disk.ts';

export interface Journey {
  readonly init: 'systemd' | 'plain';
  /** Folder with executable steps: one per boot, in name order; a step that fails ends the journey. */
  readonly steps: string;
  /** What the steps find in /lab/checkout: paths below `root`. */
  readonly checkout: { readonly root: string; readonly paths: readonly string[] };
  readonly limitSeconds: number;
}

export interface JourneyResult {
  /** Exit code of the last step. */
  readonly code: number;
  /** A file that a step left in /lab/results; each step's own output is in `STEP.log`. */
  read(name: string): Promise<string>;
}

/**
 * Takes a fresh emulated Debian host, without a network, through a journey of boots.
 * @throws Error with the end of the serial console when the guest does not power off within the limit.
 */
export const takeJourney = async (scope: Scope, journey: Journey): Promise<JourneyResult> => {
  const disk = await preparedDisk();
  const work = await mkdtemp(join(tmpdir(), 'bootlet-guest-'));
  scope.teardown(() => rm(work, { recursive: true, force: true }));
  const overlay = join(work, 'overlay.qcow2');
  const input = join(work, 'input.tar');
  const output = join(work, 'output.tar');
  const results = join(work, 'results');

  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', disk.image, overlay]);
  await run('tar', ['-cf', input, '--owner=0', '--group=0', '--transform=s,^,steps/,', '-C', journey.steps, '.']);
  const { root, paths } = journey.checkout;
  await run('tar', ['-rf', input, '--owner=0', '--group=0', '--transform=s,^,checkout/,', '-C', root, ...paths]);
  await run('truncate', ['--size=64M', output]);

  const drives = [
    `file=${overlay},format=qcow2,if=virtio`,
    `file=${input},format=raw,if=virtio,readonly=on`,
    `file=${output},format=raw,if=virtio`,
  ].flatMap((drive) => ['-drive', drive]);
  const init = journey.init === 'plain' ? ' init=/usr/local/sbin/plain-init' : '';
  const append = `root=/dev/vda rw console=ttyS0 quiet${init}`;
  const boot = ['-kernel', disk.kernel, '-initrd', disk.initrd, '-append', append];
  await powerOn([...boot, ...drives], journey.limitSeconds);

  await mkdir(results);
  await run('tar', ['-xf', output, '-C', results]);
  const read = (name: string): Promise<string> => readFile(join(results, name), 'utf8');
  return { code: Number(await read('exit-code')), read };
};

/** Software emulation, since KVM is seldom there where tests run. Resolves when the guest has powered off. */
const powerOn = async (options: readonly string[], limitSeconds: number): Promise<void> => {
  const machine = [
    '-accel',
    'tcg,thread=multi',
    '-cpu',
    'max',
    '-smp',
    '2',
    '-m',
    '2048',
    '-nographic',
    '-nic',
    'none',
  ];
  const guest = spawn('qemu-system-x86_64', [...machine, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: AbortSignal.timeout(limitSeconds * 1000),
    killSignal: 'SIGKILL',
  });
  let tail = '';
  guest.stdout.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-20_000);
  });
  try {
    await once(guest, 'exit');
  } catch (cause) {
    throw new Error(`the guest did not power off within ${limitSeconds} s; its console ended with:\n${tail}`, {
      cause,
    });
  }
};
