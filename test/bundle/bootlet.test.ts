import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'tap';
import { missing, skipUnless } from '../support/requires.ts';

const run = promisify(execFile);

const bootlet = fileURLToPath(new URL('../../dist/bootlet', import.meta.url));
const packageFile = new URL('../../package.json', import.meta.url);

test('the built executable has the version of package.json', async (t) => {
  const { version } = JSON.parse(await readFile(packageFile, 'utf8'));
  const { stdout } = await run(bootlet, ['version', '-o', 'json']);
  t.equal(JSON.parse(stdout).version, version);
});

test('it has what it loads only when it is needed', async (t) => {
  const { version } = JSON.parse(await readFile(packageFile, 'utf8'));
  const { stdout } = await run(bootlet, ['version', '-o', 'yaml']);
  t.match(stdout, `version: ${version}\n`);
});

const skip = skipUnless(process.getuid?.() === 0, 'chroot needs root') || missing('chroot', 'ldd');
test('it runs on a root file system that holds itself and the C and C++ libraries', { skip }, async (t) => {
  const root = t.testdir();
  const { stdout: libraries } = await run('ldd', [bootlet]);
  const files = [...libraries.matchAll(/(?:=> |^\s*)(\/\S+)/gm)].map(([, path]) => String(path));
  for (const file of files) {
    await mkdir(join(root, dirname(file)), { recursive: true });
    await copyFile(file, join(root, file));
  }
  await copyFile(bootlet, join(root, 'bootlet'));
  t.match(files.map((file) => file.replace(/.*\/|[-.].*/g, '')).sort(), [
    'ld',
    'libc',
    'libdl',
    'libgcc_s',
    'libm',
    'libpthread',
    'libstdc++',
  ]);
  const { stdout, stderr } = await run('chroot', [root, '/bootlet', 'version']);
  t.match(stdout, /^bootlet /);
  t.equal(stderr, '');
});
