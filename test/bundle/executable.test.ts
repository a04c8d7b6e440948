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
import { parseArgs } from 'node:util';
declare const BOOTLET_VERSION: string;
const { positionals } = parseArgs({ strict: false, allowPositionals: true });
void import('./lazy.ts').then(({ loaded }) => {
  console.log(JSON.stringify({ version: BOOTLET_VERSION, arguments: process.argv.slice(2), loaded, required: 'required' in globalThis }));
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
  const script = join(folder, 'work/bootlet.cjs');
  await bundle(join(folder, 'probe.ts'), script);
  const executable = join(folder, 'bootlet');
  await makeExecutable(script, executable);
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

  t.test('does not catch SIGUSR1, with which Node would open an inspector', async (t) => {
    const child = spawn(executable, ['wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    await once(createInterface(child.stdout), 'line');
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const caught = BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(status)?.[1]}`);
    t.equal(caught & (1n << BigInt(constants.signals.SIGUSR1 - 1)), 0n);
  });
});

test('two builds of the same sources give the same script', async (t) => {
  const folder = t.testdir({ 'a.ts': "export { loaded } from './b.ts';\n", 'b.ts': 'export const loaded = 1;\n' });
  const [first, second] = [join(folder, 'first/bootlet.cjs'), join(folder, 'second/bootlet.cjs')];
  await bundle(join(folder, 'a.ts'), first);
  await bundle(join(folder, 'a.ts'), second);
  t.equal(await readFile(first, 'utf8'), await readFile(second, 'utf8'));
});
