import { test } from 'tap';
import { decodeText, maxManifestBytes, positionsIn } from '../../../../../daemon/pods/manifest/decode/text.ts';

const utf16 = (text: string, bigEndian = false): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

test('UTF-8 with or without a byte order mark and UTF-16 with one are the same text', async (t) => {
  for (const bytes of [Buffer.from('a: é'), Buffer.from('\ufeffa: é'), utf16('a: é'), utf16('a: é', true)])
    t.match(decodeText(bytes), { ok: true, format: 'yaml', text: 'a: é' });
});

test('a file is JSON when its first character is a brace', async (t) => {
  t.match(decodeText(Buffer.from(' \n{"a": 1}')), { format: 'json' });
  t.match(decodeText(Buffer.from('[1]')), { format: 'yaml' });
  t.match(decodeText(Buffer.from('\ufeff{"a": 1}')), { format: 'yaml' }, 'a byte order mark comes before it');
});

test('broken UTF-8 and control characters are refused where they stand, though JSON lets the first pass', async (t) => {
  t.match(decodeText(Buffer.from([0x61, 0x3a, 0x20, 0xff])), { ok: false, fault: { offset: 3 } });
  t.match(decodeText(Buffer.from('a: b\0')), { ok: false, fault: { offset: 4, message: /U\+0000/ } });
  t.match(decodeText(Buffer.from([0x7b, 0xff])), { ok: true, text: '{\ufffd' });
});

test('more than 10 MiB are not read', async (t) => {
  t.match(decodeText(Buffer.alloc(maxManifestBytes + 1, 'a')), { ok: false, fault: { code: 'E_MANIFEST_TOO_LARGE' } });
});

test('every line break of YAML 1.1 is one, and offsets have a line and a column', async (t) => {
  const decoded = decodeText(Buffer.from('a\r\nb\rc\u0085d\u2028e'));
  t.equal(decoded.text, 'a\nb\nc\nd\ne');
  t.same([0, 2, 8].map(positionsIn(decoded.text)), [
    { line: 1, column: 1 },
    { line: 2, column: 1 },
    { line: 5, column: 1 },
  ]);
});
