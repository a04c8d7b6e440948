import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import { BootletError, messageOf } from '../errors.ts';
import type { ManifestIssue } from '../pods/manifest/read.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';

interface Verdict {
  readonly file: string;
  readonly errors: readonly ManifestIssue[];
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
  const bytes =
    file === '-' ? await buffer(io.stdin) : await readFile(file).catch((error: unknown) => unreadable(file, error));
  const result = readManifest(bytes, { nodeName });
  return { file, errors: result.ok ? [] : result.errors, warnings: result.warnings };
};

const unreadable = (file: string, cause: unknown): never => {
  throw new BootletError('E_FILE_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}`, { cause });
};

/** The stable form for programs: nothing but these keys, in this order. */
const report = (verdicts: readonly Verdict[]): unknown => ({
  items: verdicts.map(({ file, errors }) => ({
    file,
    valid: errors.length === 0,
    errors: errors.map(({ field, line, column, code, message }) => ({ field, line, column, code, message })),
  })),
});

const issueText = (file: string, kind: string, { line, column, field, message, code, hint }: ManifestIssue): string => {
  const what = `${file}:${line}:${column}: ${kind}: ${field === '' ? '' : `${field}: `}${message} (${code})\n`;
  return hint === undefined ? what : `${what}  hint: ${hint}\n`;
};

const verdictText = ({ file, errors, warnings }: Verdict): string =>
  [
    ...warnings.map((issue) => issueText(file, 'warning', issue)),
    ...errors.map((issue) => issueText(file, 'error', issue)),
    ...(errors.length === 0 ? [`${file}: valid\n`] : []),
  ].join('');
