import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { lockState } from '../../../daemon/host/state-lock.ts';
import { scratchFolder } from '../../support/file-source.ts';

test('the second on a state folder is refused, under another name of it as well', async (t) => {
  const folder = scratchFolder(t);
  symlinkSync(folder, join(folder, 'alias'));
  const lock = await lockState(folder);
  t.teardown(() => lock.release());
  for (const name of [folder, join(folder, 'alias')]) {
    await t.rejects(lockState(name), { code: 'E_STATE_LOCKED', message: /another bootlet runs/ });
  }
});

test('a folder is known by the name that the kernel has for it, whatever links lead to it', async (t) => {
  const folder = scratchFolder(t);
  symlinkSync(folder, join(folder, 'alias'));
  const lock = await lockState(join(folder, 'alias'));
  t.teardown(() => lock.release());
  t.equal(lock.folder, realpathSync(folder));
});

test('two state folders do not meet', async (t) => {
  const locks = [await lockState(scratchFolder(t)), await lockState(scratchFolder(t))];
  for (const lock of locks) await lock.release();
});

test('a released folder can be locked again', async (t) => {
  const folder = scratchFolder(t);
  await (await lockState(folder)).release();
  await (await lockState(folder)).release();
});

test('the lock of a process that was killed is gone with it', async (t) => {
  const folder = scratchFolder(t);
  const module = new URL('../../../daemon/host/state-lock.ts', import.meta.url).href;
  const program = `const { lockState } = await import('${module}'); await lockState('${folder}'); console.log('locked'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await t.rejects(lockState(folder), { code: 'E_STATE_LOCKED' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await lockState(folder)).release();
});
