import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { loadConfig } from '../../../daemon/config/load.ts';
import { BootletError } from '../../../daemon/errors.ts';
import { skipUnless } from '../../support/requires.ts';

const needsRoot = { skip: skipUnless(process.geteuid?.() === 0, 'trust is about root') };

test('drop-ins beside the file are laid over it in the order of their names', needsRoot, async (t) => {
  const dir = t.testdir({
    'config.yaml': 'nodeName: main\npaths: {state: /main}',
    'config.d': { '20.yaml': 'nodeName: second', '10.yaml': 'nodeName: first\npaths: {run: /first}', 'x.bak': '}' },
  });
  const config = await loadConfig(join(dir, 'config.yaml'));
  t.match(config, { nodeName: 'second', paths: { state: '/main', run: '/first' } });
});

test('a file named on the command line must exist', needsRoot, async (t) => {
  await t.rejects(loadConfig(join(t.testdir(), 'config.yaml')), { code: 'E_FILE_UNREADABLE' });
});

test('a file or drop-in that others may write is refused', needsRoot, async (t) => {
  const dir = t.testdir({ 'config.yaml': '' });
  mkdirSync(join(dir, 'config.d'));
  writeFileSync(join(dir, 'config.d/a.yaml'), 'nodeName: x');
  chmodSync(join(dir, 'config.d/a.yaml'), 0o666);
  await t.rejects(loadConfig(join(dir, 'config.yaml')), { code: 'E_FILE_UNTRUSTED' });
});

test('the error names every fault and cannot be cured by trying again', needsRoot, async (t) => {
  const file = join(t.testdir({ 'config.yaml': 'mod: x\npods: {maxPods: 0}\n' }), 'config.yaml');
  const error = await loadConfig(file).catch((thrown: unknown) => thrown);
  t.ok(error instanceof BootletError);
  t.match(error, { code: 'E_CONFIG_INVALID', retryable: false });
  t.match(String(error), `${file}:1:1: mod: unknown key; did you mean "mode"?`);
  t.match(String(error), `${file}:2:17: pods.maxPods: must be a whole number of at least 1, not 0`);
});
