import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'tap';
import type { Io } from '../../../daemon/commands/io.ts';
import { runCommand } from '../../../daemon/commands/program.ts';
import { scratchFolder } from '../../support/file-source.ts';
import { missing } from '../../support/requires.ts';

interface Report {
  readonly items: readonly { readonly valid: boolean; readonly errors: readonly { readonly message: string }[] }[];
}

/** What `manifest validate` says of each file: its first fault, or that it is valid. */
const validate = async (...files: readonly string[]): Promise<readonly (string | undefined)[]> => {
  let out = '';
  const io: Io = {
    env: {},
    stdin: Readable.from([]),
    stdout: process.stdout,
    out: (text) => {
      out += text;
    },
    note: () => undefined,
    isTerminal: false,
    ownInterrupt: () => undefined,
    setExitCode: () => undefined,
  };
  await runCommand(['manifest', 'validate', '-o', 'json', ...files], io);
  const { items }: Report = JSON.parse(out);
  return items.map(({ valid, errors }) => (valid ? 'valid' : errors[0]?.message));
};

const good = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: b}]}\n';

test('what is no regular file has its verdict at once, and the files after it theirs', {
  skip: missing('mkfifo'),
}, async (t) => {
  const folder = scratchFolder(t);
  const at = (name: string): string => join(folder, name);
  execFileSync('mkfifo', [at('pipe')]);
  mkdirSync(at('folder'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  writeFileSync(at('good'), good);
  const odd = [at('pipe'), at('folder'), at('socket'), '/dev/zero'];
  const verdicts = await validate(...odd, at('missing'), at('good'));
  t.same(
    verdicts.slice(0, odd.length),
    odd.map(() => 'it cannot be read: it is not a regular file; for the output of a program name -'),
  );
  t.match(verdicts[odd.length], /^it cannot be read: ENOENT/);
  t.equal(verdicts.at(-1), 'valid');
});

test('a binary file and one that is too large have their verdicts', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'binary'), Buffer.from('\x7fELF\x02\x01\x01\0'));
  writeFileSync(join(folder, 'large'), Buffer.alloc(10 * 1024 * 1024 + 1, 'x'));
  const [binary, large] = await validate(join(folder, 'binary'), join(folder, 'large'));
  t.match(binary, /control character U\+007F/);
  t.match(large, /larger than 10 MiB/);
});
