import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'tap';
import { parse } from 'yaml';
import type { Io } from '../../../daemon/commands/io.ts';
import { runCommand } from '../../../daemon/commands/program.ts';
import { schema } from '../../../daemon/config/schema.ts';

/** Runs a command line in this process, with everything that it prints. */
const run = async (args: readonly string[], { env = {}, stdin = '' } = {}) => {
  const seen = { out: '', err: '', code: 0 };
  const io: Io = {
    env,
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: process.stdout,
    out: (text) => {
      seen.out += text;
    },
    note: (text) => {
      seen.err += text;
    },
    isTerminal: false,
    ownInterrupt: () => undefined,
    setExitCode: (code) => {
      seen.code = code;
    },
  };
  await runCommand(args, io);
  return seen;
};

/** Whom nothing belongs to: root may use every socket. */
const NOBODY = 65534;

const good = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: b}]}\n';
const bad = good.replace('image: b', 'image: b, imagePulPolicy: Never');

test('what is not understood is a usage error with a did-you-mean', async (t) => {
  t.match(await run(['stauts']), {
    code: 2,
    out: '',
    err: "error: unknown command 'stauts' (did you mean status?) (E_USAGE)\nhint: ",
  });
  t.match(await run(['status', '--chek']), { code: 2, err: /did you mean --check/ });
  t.match(await run(['status', '--wait', 'soon']), { code: 2, err: /E_USAGE/ });
  t.match(await run(['pods', '-o', 'xml']), { code: 2, err: /json, yaml, wide, name/ });
  t.match(await run([]), { code: 2, err: /^Usage: bootlet/ });
});

test('help and version are results, not errors', async (t) => {
  t.match(await run(['--help']), { code: 0, out: /^Usage: bootlet[^]*Exit codes:/, err: '' });
  t.match(await run(['status', '--help']), { code: 0, out: /--check/ });
  t.match(await run(['--version']), { code: 0, out: 'dev\n' });
  t.match(await run(['version']), { code: 0, out: 'bootlet dev\n' });
});

test('without a daemon every command that asks one exits 3 and says how to start it', async (t) => {
  const env = { BOOTLET_SOCKET: '/nowhere/bootlet.sock' };
  for (const args of [
    ['status'],
    ['pods'],
    ['pods', '-w'],
    ['pod', 'inspect', 'x'],
    ['pod', 'restart', 'x'],
    ['logs', 'x'],
    ['events'],
    ['network', 'show'],
  ]) {
    t.match(await run(args, { env }), { code: 3, out: '', err: /E_DAEMON_UNREACHABLE\)\nhint: start/ }, args.join(' '));
  }
  t.match(await run(['--socket', '/elsewhere/x.sock', 'pods'], { env }), { err: /\/elsewhere\/x\.sock/ });
  t.match(await run(['status', '--wait', '0'], { env }), { code: 3 });
});

test('a socket that this user may not use exits 4', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bl-cli-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const socket = join(dir, 's');
  const server = createServer().listen(socket);
  t.teardown(() => server.close());
  await once(server, 'listening');
  chmodSync(socket, 0);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  const result = await run(['pods'], { env: { BOOTLET_SOCKET: socket } });
  if (isRoot) process.seteuid?.(0);
  t.match(result, { code: 4, err: /E_PERMISSION\)\nhint: root may/ });
});

test('a daemon that takes a call and does not answer it is not waited for without end', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bl-cli-'));
  const server = createServer(() => undefined).listen(join(dir, 's'));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true });
  });
  await once(server, 'listening');
  const result = await run(['status', '--wait', '0'], { env: { BOOTLET_SOCKET: join(dir, 's') } });
  t.match(result, { code: 8, out: '', err: /did not answer within 1 s \(E_TIMEOUT\)\nhint: / });
});

test('manifest validate prints exactly what scripts rely on, and exits 5 when one file is not valid', async (t) => {
  const dir = t.testdir({ 'good.yaml': good, 'bad.yaml': bad });
  const files = [join(dir, 'good.yaml'), join(dir, 'bad.yaml')];
  const { out, code } = await run(['manifest', 'validate', '-o', 'json', ...files]);
  t.equal(code, 5);
  const { items } = JSON.parse(out);
  t.same(items[0], { file: files[0], valid: true, errors: [] });
  t.match(items[1], { file: files[1], valid: false });
  t.same(Object.keys(items[1].errors[0]), ['field', 'line', 'column', 'code', 'message']);
  t.match(items[1].errors[0], {
    field: 'spec.containers[0].imagePulPolicy',
    line: 4,
    column: 41,
    code: 'E_FIELD_UNKNOWN',
  });
});

test('manifest validate reads the standard input for -, and tells people file, line and column', async (t) => {
  t.match(await run(['manifest', 'validate', '-'], { stdin: good }), { code: 0, out: '-: valid\n' });
  t.match(await run(['manifest', 'validate', '-'], { stdin: bad }), {
    code: 5,
    out: /^-:4:41: error: spec\.containers\[0\]\.imagePulPolicy: /,
  });
});

test('a file that cannot be read, or is too large, gets its verdict beside those of the others', async (t) => {
  const dir = t.testdir({ 'good.yaml': good });
  const large = { stdin: `# ${'x'.repeat(10 * 1024 * 1024)}` };
  const { out, code } = await run(['manifest', 'validate', '-o', 'json', dir, '-', join(dir, 'good.yaml')], large);
  t.equal(code, 5);
  t.match(JSON.parse(out).items, [
    { file: dir, valid: false, errors: [{ field: '', line: 1, column: 1, code: 'E_FILE_UNREADABLE' }] },
    { file: '-', valid: false, errors: [{ code: 'E_MANIFEST_TOO_LARGE' }] },
    { valid: true },
  ]);
});

test('the defaults that are printed are a valid configuration that means the same', async (t) => {
  const { out } = await run(['config', 'default']);
  t.same(parse(out), schema.fallback);
  const { readConfig } = await import('../../../daemon/config/read.ts');
  const { config, issues } = readConfig([{ path: 'default', text: out }], 'n');
  t.same(issues, []);
  t.same(config, { ...schema.fallback, nodeName: 'n' });
});

test('config validate names the place of each fault in a file given by any path, and exits 5', async (t) => {
  const file = relative('.', join(t.testdir({ 'c.yaml': 'mod: x\n' }), 'c.yaml'));
  t.match(await run(['config', 'validate', file]), {
    code: 5,
    out: /^\/.*c\.yaml:1:1: mod: unknown key; did you mean "mode"\?\n$/,
  });
  const { out, code } = await run(['config', 'validate', '--config', file, '-o', 'json']);
  t.equal(code, 5);
  t.match(JSON.parse(out), { valid: false, errors: [{ field: 'mod', line: 1, column: 1, code: 'E_CONFIG_INVALID' }] });
});

test('every error code can be explained, and one that does not exist is guessed', async (t) => {
  t.match(await run(['explain', 'E_IMAGE_PULL']), { code: 0, out: /^E_IMAGE_PULL: / });
  t.match(await run(['explain', 'E_IMAGE_PUL']), { code: 1, err: /did you mean "E_IMAGE_PULL"/ });
});

test('the completion script knows every command', async (t) => {
  const { out } = await run(['completion', 'bash']);
  for (const word of ['manifest validate', 'pod restart', 'support', '--check']) t.match(out, word);
});

test('a plan for a host without a range says what would give it one, and has nothing to do', async (t) => {
  const dir = t.testdir({ 'config.yaml': `paths: {state: ${join(tmpdir(), 'bl-no-such-state')}}\n` });
  for (const args of [['plan'], ['network', 'plan']]) {
    const result = await run([...args, '--check', '--config', join(dir, 'config.yaml')]);
    t.match(result, { code: 0, err: '', out: /^nothing on this host is touched: .*network\.podCIDRs/ });
  }
});
