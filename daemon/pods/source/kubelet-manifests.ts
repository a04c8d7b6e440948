import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { unless } from '../../host/missing.ts';

/** Whether a command line is a kubelet's: by itself, or as the all-in-one binary's subcommand. */
export const isKubelet = (argv: readonly string[]): boolean => {
  const program = basename(argv[0] ?? '');
  return program === 'kubelet' || (program === 'hyperkube' && argv[1] === 'kubelet');
};

/** The last value of a flag, as pflag reads it: `--name=value`, `--name value`, `_` for `-`. */
const flag = (argv: readonly string[], name: string): string | undefined => {
  let value: string | undefined;
  for (const [i, argument] of argv.entries()) {
    const [written = '', ...rest] = argument.split('=');
    if (written.replaceAll('_', '-') !== `--${name}`) continue;
    value = rest.length > 0 ? rest.join('=') : argv[i + 1];
  }
  return value === '' ? undefined : value;
};

const orNothing = <T>(read: Promise<T>): Promise<T | undefined> =>
  unless(['ENOENT', 'ENOTDIR', 'EISDIR', 'ESRCH'], read);

const staticPodPathOf = async (file: string): Promise<string | undefined> => {
  const text = await orNothing(readFile(file, 'utf8'));
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    // A kubelet does not start with a configuration that is no YAML, so it owns nothing.
    return undefined;
  }
  const path: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'staticPodPath') : undefined;
  return typeof path === 'string' && path !== '' ? path : undefined;
};

/**
 * The folder from which a kubelet with this command line takes its static pods, or undefined. As the kubelet decides:
 * the flag counts before the files, a later drop-in (`--config-dir`, *.conf in name order) before an earlier one and
 * the main file, and a relative staticPodPath is relative to the file it stands in.
 * @param argv the kubelet's arguments
 * @param at `root`: where the kubelet's root folder is for us; `cwd`: its working folder, as itself sees it
 * @returns the folder as the kubelet sees it
 */
export const manifestFolderOf = async (
  argv: readonly string[],
  { root, cwd }: { readonly root: string; readonly cwd: string },
): Promise<string | undefined> => {
  const given = flag(argv, 'pod-manifest-path');
  if (given !== undefined) return resolve(cwd, given);
  const main = flag(argv, 'config');
  const folder = flag(argv, 'config-dir');
  const files = main === undefined ? [] : [resolve(cwd, main)];
  if (folder !== undefined) {
    const names = (await orNothing(readdir(join(root, resolve(cwd, folder))))) ?? [];
    files.push(
      ...names
        .filter((n) => n.endsWith('.conf'))
        .toSorted()
        .map((n) => resolve(cwd, folder, n)),
    );
  }
  let found: string | undefined;
  for (const file of files) {
    const path = await staticPodPathOf(join(root, file));
    if (path !== undefined) found = isAbsolute(path) ? path : resolve(dirname(file), path);
  }
  return found;
};
