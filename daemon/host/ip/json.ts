import { BootletError } from '../../errors.ts';
import { isMap } from '../json-value.ts';
import { outputOf, type RunTool } from '../run-tool.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const textIn = (fields: Fields, key: string): string | undefined => {
  const value = fields[key];
  return typeof value === 'string' ? value : undefined;
};

export const numberIn = (fields: Fields, key: string): number | undefined => {
  const value = fields[key];
  return typeof value === 'number' ? value : undefined;
};

export const fieldsIn = (fields: Fields, key: string): Fields => {
  const value = fields[key];
  return isMap(value) ? value : {};
};

export const listIn = (fields: Fields, key: string): readonly Fields[] => {
  const value = fields[key];
  return Array.isArray(value) ? value.filter(isMap) : [];
};

/** @throws BootletError E_HOST_COMMAND */
const parsed = (text: string, what: string): readonly Fields[] => {
  // Old versions print nothing at all for an empty list.
  if (text.trim() === '') return [];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new BootletError('E_HOST_COMMAND', `ip ${what} printed no JSON`, { cause });
  }
  if (!Array.isArray(json)) throw new BootletError('E_HOST_COMMAND', `ip ${what} printed no list`);
  // `ip` leaves empty objects where a filter took something away.
  return json.filter(isMap).filter((fields) => Object.keys(fields).length > 0);
};

/** What `ip -json ARGS` prints. @throws BootletError E_HOST_COMMAND */
export const ipJson = async (run: RunTool, args: readonly string[]): Promise<readonly Fields[]> =>
  parsed(await outputOf(run, 'ip', ['-json', ...args]), args.join(' '));

/**
 * What two commands of `ip` print, of which the first always prints something; one process for both.
 * @throws BootletError E_HOST_COMMAND
 */
export const ipJsonPair = async (
  run: RunTool,
  first: string,
  second: string,
): Promise<readonly [readonly Fields[], readonly Fields[]]> => {
  const input = `${first}\n${second}\n`;
  const text = await outputOf(run, 'ip', ['-json', '-details', '-batch', '-'], { input, isLook: true });
  const [one = '', two = ''] = text.split('\n').filter((line) => line !== '');
  return [parsed(one, first), parsed(two, second)];
};
