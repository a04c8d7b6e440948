import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { test } from 'tap';
import { bundle } from '../../build/bundle.ts';
import { makeExecutable } from '../../build/executable.ts';

const run = promisify(execFile);

/** Prints what it was started with; waits when its first argument is `wait`. */
const probe = `
import { getAssetKeys, getRawAsset, isSea } from 'node:sea';
import { parseArgs } from 'node:util';
import { Script } from 'node:vm';
declare const BOOTLET_VERSION: string;
const { positionals } = parseArgs({ strict: false, allowPositionals: true });
const caches = () => (isSea() ? getAssetKeys() : []).filter((name) => name.endsWith('.cache'));
const isRejected = (name: string) =>
  new Script(Buffer.from(getRawAsset(name.replace('.cache', ''))).toString('latin1'), {
    filename: 'not compiled before',
    cachedData: Buffer.from(getRawAsset(name)),
  }).cachedDataRejected;
void import('./lazy.ts').then(({ loaded }) => {
  console.log(JSON.stringify({ version: BOOTLET_VERSION, arguments: process.argv.slice(2), loaded, required: 'required' in globalThis }));
  if (positionals[0] === 'caches') console.log(JSON.stringify({ count: caches().length, rejected: caches().filter(isRejected) }));
  if (positionals[0] === 'wait') setInterval(() => undefined, 1_000);
});
`;

test('an executable made of a script', async (t) => {
  const folder = t.testdir({
    'probe.ts': probe,
    'lazy.ts': 'export const loaded = true;\n',
    'required.cjs': 'globalThis.required = true;\n',
    work: {},
  });
  const modules = join(folder, 'work/modules');
  const names = await bundle(join(folder, 'probe.ts'), modules);
  const executable = join(folder, 'bootlet');
  await makeExecutable(modules, names, executable);
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));

  const start = async (args: string[], env: NodeJS.ProcessEnv): Promise<unknown> => {
    const { stdout, stderr } = await run(executable, args, { env });
    return { ...JSON.parse(stdout), stderr };
  };
  const plain = { version, arguments: [], loaded: true, required: false, stderr: '' };

  t.test('runs where there is neither Node nor anything else on the PATH', async (t) => {
    t.same(await start([], { PATH: '/nonexistent' }), plain);
  });

  t.test('takes no module from NODE_OPTIONS', async (t) => {
    t.same(await start([], { NODE_OPTIONS: `--require=${join(folder, 'required.cjs')}` }), plain);
  });

  t.test('opens no inspector for NODE_OPTIONS', async (t) => {
    t.same(await start([], { NODE_OPTIONS: '--inspect=127.0.0.1:0' }), plain);
  });

  t.test('does not mind what is no option of Node in NODE_OPTIONS', async (t) => {
    t.same(await start([], { NODE_OPTIONS: '--no-such-option' }), plain);
  });

  t.test("leaves Node's own options to the program", async (t) => {
    const args = ['--inspect', '--node-options=--inspect', '--version'];
    t.same(await start(args, {}), { ...plain, arguments: args });
  });

  t.test('holds a code cache of each module that V8 takes', async (t) => {
    const { stdout } = await run(executable, ['caches']);
    t.same(JSON.parse(String(stdout.split('\n')[1])), { count: names.length, rejected: [] });
  });

  t.test('does not catch SIGUSR1, with which Node would open an inspector', async (t) => {
    const child = spawn(executable, ['wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    await once(createInterface(child.stdout), 'line');
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const caught = BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(status)?.[1]}`);
    t.equal(caught & (1n << BigInt(constants.signals.SIGUSR1 - 1)), 0n);
  });
});

test('two builds of the same sources give the same modules', async (t) => {
  const folder = t.testdir({ 'a.ts': "void import('./b.ts');\n", 'b.ts': 'export const loaded = 1;\n' });
  const build = async (name: string): Promise<Record<string, string>> => {
    const names = await bundle(join(folder, 'a.ts'), join(folder, name));
    const read = async (file: string) => [file, await readFile(join(folder, name, file), 'utf8')];
    return Object.fromEntries(await Promise.all(names.map(read)));
  };
  const first = await build('first');
  t.same(await build('second'), first);
  t.match(Object.keys(first).sort(), [/^b-\w+\.js$/, 'entry.js']);
});
