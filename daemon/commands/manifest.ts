import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { type ErrorCode, messageOf } from '../errors.ts';
import type { ManifestIssue } from '../pods/manifest/read.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';

/** Of what the manifest says, or that it could not be read. */
type Fault = Omit<ManifestIssue, 'code'> & { readonly code: ErrorCode };

interface Verdict {
  readonly file: string;
  readonly errors: readonly Fault[];
  readonly warnings: readonly ManifestIssue[];
}

interface ValidateOptions {
  readonly nodeName?: string;
  readonly output: Format;
}

export const addManifest = (program: Command, io: Io): void => {
  program
    .command('manifest')
    .description('work on manifests')
    .command('validate')
    .description('check static pod manifests as the daemon will; it need not run')
    .argument('<file...>', 'manifests; - for the standard input')
    .option('--node-name <name>', 'the node they are for (default: the hostname)')
    .addOption(outputOption('json', 'yaml'))
    .action(async (files: readonly string[], { nodeName = hostname().toLowerCase(), output }: ValidateOptions) => {
      const verdicts: Verdict[] = [];
      for (const file of files) verdicts.push(await judge(file, nodeName, io));
      if (output === 'json' || output === 'yaml') await printObject(io, output, report(verdicts));
      else for (const verdict of verdicts) io.out(verdictText(verdict));
      if (verdicts.some(({ errors }) => errors.length > 0)) io.setExitCode(EXIT.invalid);
    });
};

const judge = async (file: string, nodeName: string, io: Io): Promise<Verdict> => {
  const { readManifest } = await import('../pods/manifest/read.ts');
  const { maxManifestBytes } = await import('../pods/manifest/decode/text.ts');
  let bytes: Uint8Array;
  try {
    bytes = file === '-' ? await beginningOf(io.stdin, maxManifestBytes) : beginningOfFile(file, maxManifestBytes);
  } catch (error) {
    return unread(file, 'E_FILE_UNREADABLE', `it cannot be read: ${messageOf(error)}`);
  }
  if (bytes.length > maxManifestBytes)
    return unread(file, 'E_MANIFEST_TOO_LARGE', `it is larger than ${maxManifestBytes / 2 ** 20} MiB`);
  const result = readManifest(bytes, { nodeName });
  return { file, errors: result.ok ? [] : result.errors, warnings: result.warnings };
};

const unread = (file: string, code: ErrorCode, message: string): Verdict => ({
  file,
  errors: [{ field: '', line: 1, column: 1, code, message }],
  warnings: [],
});

/** All of it, or when it is too large, the beginning up to where that shows. */
const beginningOf = async (stream: NodeJS.ReadableStream, mostBytes: number): Promise<Uint8Array> => {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream) {
    pieces.push(Buffer.from(piece));
    length += piece.length;
    if (length > mostBytes) break;
  }
  return Buffer.concat(pieces);
};

/** What the caller has opened itself, such as bash's `<(...)`, may be a pipe. */
const OWN_DESCRIPTOR = /^\/(dev\/(stdin|fd\/)|proc\/self\/fd\/)/;

const PIECE_BYTES = 64 * 1024;

/** The same of a file. Without streams and promises, which would cost more than what is read. */
const beginningOfFile = (file: string, mostBytes: number): Uint8Array => {
  // Opening a pipe waits until somebody writes to it, and a device may never end.
  if (!OWN_DESCRIPTOR.test(file) && !statSync(file).isFile())
    throw new Error('it is not a regular file; for the output of a program name -');
  const descriptor = openSync(file, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let length = 0; length <= mostBytes; ) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const read = readSync(descriptor, piece);
      if (read === 0) break;
      pieces.push(piece.subarray(0, read));
      length += read;
    }
    return Buffer.concat(pieces);
  } finally {
    closeSync(descriptor);
  }
};

/** The stable form for programs: nothing but these keys, in this order. */
const report = (verdicts: readonly Verdict[]): unknown => ({
  items: verdicts.map(({ file, errors }) => ({
    file,
    valid: errors.length === 0,
    errors: errors.map(({ field, line, column, code, message }) => ({ field, line, column, code, message })),
  })),
});

const issueText = (file: string, kind: string, { line, column, field, message, code, hint }: Fault): string => {
  const what = `${file}:${line}:${column}: ${kind}: ${field === '' ? '' : `${field}: `}${message} (${code})\n`;
  return hint === undefined ? what : `${what}  hint: ${hint}\n`;
};

const verdictText = ({ file, errors, warnings }: Verdict): string =>
  [
    ...warnings.map((issue) => issueText(file, 'warning', issue)),
    ...errors.map((issue) => issueText(file, 'error', issue)),
    ...(errors.length === 0 ? [`${file}: valid\n`] : []),
  ].join('');
