import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessUnreachable } from './missing.ts';

/** In order of precedence (systemd.unit(5)). */
const UNIT_FOLDERS = ['etc/systemd/system', 'run/systemd/system', 'usr/lib/systemd/system', 'lib/systemd/system'];

const list = async (folder: string): Promise<string[]> => (await unlessUnreachable(readdir(folder))) ?? [];
const text = async (file: string): Promise<string> => (await unlessUnreachable(readFile(file, 'utf8'))) ?? '';

/** Whether something under /etc/systemd/system wants or requires the unit, which is what `systemctl enable` does. */
export const isEnabled = async (root: string, unit: string): Promise<boolean> => {
  const folder = join(root, 'etc/systemd/system');
  const targets = (await list(folder)).filter((name) => /\.(wants|requires)$/.test(name));
  const wanted = await Promise.all(targets.map((target) => list(join(folder, target))));
  return wanted.flat().includes(unit);
};

/** The unit's own file and its drop-ins, in the order in which systemd reads them. */
const readUnit = async (root: string, unit: string): Promise<string[]> => {
  const own: string[] = [];
  const dropIns = new Map<string, string>();
  for (const folder of UNIT_FOLDERS) {
    const content = await text(join(root, folder, unit));
    if (own.length === 0 && content !== '') own.push(content);
    for (const name of await list(join(root, folder, `${unit}.d`))) {
      if (name.endsWith('.conf') && !dropIns.has(name)) dropIns.set(name, join(root, folder, `${unit}.d`, name));
    }
  }
  const files = [...dropIns].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => text(file));
  return [...own, ...(await Promise.all(files))];
};

const settings = (unit: string): { name: string; value: string }[] =>
  unit
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line))
    .flatMap((match) => (match?.[1] === undefined ? [] : [{ name: match[1], value: match[2] ?? '' }]));

/** Words, with quotes taken off. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');

const assignments = (lines: readonly string[]): [string, string][] =>
  lines.flatMap((word) => {
    const at = word.indexOf('=');
    return at > 0 ? [[word.slice(0, at), word.slice(at + 1)]] : [];
  });

const environmentFile = async (root: string, value: string): Promise<[string, string][]> => {
  const lines = (await text(join(root, value.replace(/^-/, '')))).split('\n').filter((line) => !/^\s*[#;]/.test(line));
  return assignments(lines.map((line) => line.trim())).map(([name, v]) => [name, words(v).join(' ')]);
};

/** What an enabled unit starts. */
export interface EnabledUnit {
  /** Its variables filled in. */
  readonly command: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
}

/**
 * Undefined when it is not enabled or starts nothing. As much of systemd.exec(5) as package authors use: Environment,
 * EnvironmentFile, `$NAME`, `${NAME}`, drop-ins.
 * @param root the host's root folder
 */
export const enabledUnit = async (root: string, unit: string): Promise<EnabledUnit | undefined> => {
  if (!(await isEnabled(root, unit))) return undefined;
  const environment = new Map<string, string>();
  let command = '';
  for (const { name, value } of (await readUnit(root, unit)).flatMap(settings)) {
    if (name === 'ExecStart') command = value;
    const set = name === 'EnvironmentFile' ? await environmentFile(root, value) : assignments(words(value));
    if (name === 'Environment' || name === 'EnvironmentFile') for (const [key, v] of set) environment.set(key, v);
  }
  const filled = command
    .replace(/^[-@:+!]+/, '')
    .replace(/\$\{?(\w+)\}?/g, (_, name: string) => environment.get(name) ?? '');
  return filled === '' ? undefined : { command: words(filled), environment };
};

/** The command line of an enabled unit. */
export const commandOfUnit = async (root: string, unit: string): Promise<readonly string[] | undefined> =>
  (await enabledUnit(root, unit))?.command;
