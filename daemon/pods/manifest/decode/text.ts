import type { TextFault } from '../issue.ts';

/** As the kubelet's file source: a larger file is not read. */
export const maxManifestBytes = 10 * 1024 * 1024;

export type DecodedText =
  | { readonly ok: true; readonly format: 'json' | 'yaml'; readonly text: string }
  | { readonly ok: false; readonly text: string; readonly fault: TextFault };

const startsWith = (bytes: Uint8Array, ...prefix: readonly number[]) => prefix.every((byte, i) => bytes[i] === byte);

const encodingOf = (bytes: Uint8Array): string => {
  if (startsWith(bytes, 0xff, 0xfe)) return 'utf-16le';
  if (startsWith(bytes, 0xfe, 0xff)) return 'utf-16be';
  return 'utf-8';
};

/** Kubernetes takes a file for JSON when its first character that is no white space is `{`; a byte order mark is not. */
const looksLikeJson = (text: string) => /^[\s\u0085]*\{/.test(text) && !text.startsWith('\ufeff');

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what YAML 1.1 (5.1, c-printable) does not allow
const unprintable = /[\0-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/** YAML 1.1 (4.1.4) also breaks lines at CR, NEL, LS and PS; libyaml reads them so, and the parser below only knows LF. */
const lineBreaks = /\r\n|[\r\u0085\u2028\u2029]/g;

const refuse = (text: string, offset: number, message: string): DecodedText => ({
  ok: false,
  text,
  fault: { offset, message, code: 'E_MANIFEST_SYNTAX' },
});

const decodeStrictly = (bytes: Uint8Array, encoding: string): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
};

/** Turns a file's bytes into text, as go-yaml and Go's JSON decoder would (UTF-8, or UTF-16 with a byte order mark). */
export const decodeText = (bytes: Uint8Array): DecodedText => {
  if (bytes.byteLength > maxManifestBytes) {
    const message = `the file has ${bytes.byteLength} bytes; at most ${maxManifestBytes} are read`;
    return { ok: false, text: '', fault: { offset: 0, message, code: 'E_MANIFEST_TOO_LARGE' } };
  }
  const encoding = encodingOf(bytes);
  // Go's JSON decoder puts U+FFFD in the place of broken UTF-8, where YAML refuses it.
  const lenient = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  if (encoding === 'utf-8' && looksLikeJson(lenient)) return { ok: true, format: 'json', text: lenient };

  const strict = decodeStrictly(bytes, encoding);
  if (strict === undefined) {
    const offset = Math.max(0, lenient.indexOf('\ufffd'));
    return refuse(lenient, offset, `the text is not valid ${encoding.toUpperCase()}`);
  }
  const text = strict.replace(lineBreaks, '\n');
  const control = unprintable.exec(text);
  if (!control) return { ok: true, format: 'yaml', text };
  const code = text.charCodeAt(control.index).toString(16).toUpperCase().padStart(4, '0');
  return refuse(text, control.index, `the control character U+${code} is not allowed`);
};

export interface Position {
  /** Both 1-based. */
  line: number;
  column: number;
}

/** Turns offsets into a text into lines and columns. Costs nothing until it is first asked. */
export const positionsIn = (text: string): ((offset: number) => Position) => {
  let starts: Uint32Array | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
};

const lineStarts = (text: string): Uint32Array => {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  const starts = new Uint32Array(lines);
  let line = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    line += 1;
    starts[line] = at + 1;
  }
  return starts;
};
