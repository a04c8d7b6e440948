import { chmodSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { parseToken, readToken } from '../../../../daemon/node/discovery/bootstrap-token.ts';
import { scratchFolder } from '../../../support/file-source.ts';

const FILE = '/etc/bootlet/token';

test('a token is its id and its secret; white space around it does not count', async (t) => {
  const token = { id: 'abcdef', secret: '0123456789abcdef', token: 'abcdef.0123456789abcdef' };
  t.same(parseToken('abcdef.0123456789abcdef\n', FILE), token);
  t.same(parseToken('  abcdef.0123456789abcdef\r\n\n', FILE), token);
});

test('what is no token is refused with what is wrong about it', async (t) => {
  const faults: readonly (readonly [string, string])[] = [
    ['', 'is empty'],
    ['\n', 'is empty'],
    ['abcdef.0123456789abcdef abcdef.0123456789abcdef', 'holds more than one word'],
    ['31ada4fd-adec,system:node:a,1,"system:nodes"', 'looks like a line of known_tokens.csv'],
    ['abcdef0123456789abcdef', 'has 0 dots where one belongs'],
    ['abcde.0123456789abcdef', 'has 5 characters before the dot where 6 belong'],
    ['abcdef.0123456789abcde', 'has 15 characters after the dot where 16 belong'],
    ['ABCDEF.0123456789abcdef', 'has characters other than lower-case letters and digits'],
  ];
  for (const [text, what] of faults) {
    t.throws(() => parseToken(text, FILE), { code: 'E_TOKEN_MALFORMED', retryable: false }, what);
    t.throws(() => parseToken(text, FILE), { message: `${FILE} ${what}` }, JSON.stringify(text));
  }
});

test('no word of what is no token is told: it may be one all but a slip of the hand', async (t) => {
  const slips = fc.stringMatching(/^[A-Z0-9]{6}\.[a-z0-9]{15,17}[A-Z]$/);
  fc.assert(
    fc.property(slips, (text) => {
      try {
        parseToken(text, FILE);
        return false;
      } catch (error) {
        return error instanceof BootletError && !`${error.message}${error.hint}`.includes(text.slice(7, 15));
      }
    }),
  );
  t.pass();
});

test('a token file that others may read is refused, and the hint mends it', async (t) => {
  const file = join(scratchFolder(t), 'token');
  t.equal(await readToken(file), undefined);
  writeFileSync(file, 'abcdef.0123456789abcdef\n', { mode: 0o600 });
  utimesSync(file, 1000, 1000);
  t.match(await readToken(file), { id: 'abcdef', writtenAt: 1_000_000 });
  for (const mode of [0o640, 0o604, 0o610]) {
    chmodSync(file, mode);
    await t.rejects(readToken(file), { code: 'E_FILE_UNTRUSTED', hint: `chmod 600 ${file}` });
  }
});
