import { BootletError } from '../../errors.ts';
import { outputOf, type RunTool } from '../run-tool.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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
  return isFields(value) ? value : {};
};

export const listIn = (fields: Fields, key: string): readonly Fields[] => {
  const value = fields[key];
  return Array.isArray(value) ? value.filter(isFields) : [];
};

/** What `ip -json ARGS` prints; old versions print nothing at all for an empty list. @throws BootletError E_HOST_COMMAND */
export const ipJson = async (run: RunTool, args: readonly string[]): Promise<readonly Fields[]> => {
  const text = await outputOf(run, 'ip', ['-json', ...args]);
  if (text.trim() === '') return [];
  try {
    const json: unknown = JSON.parse(text);
    // `ip` leaves empty objects where a filter took something away.
    if (Array.isArray(json)) return json.filter(isFields).filter((fields) => Object.keys(fields).length > 0);
  } catch (cause) {
    throw new BootletError('E_HOST_COMMAND', `ip ${args.join(' ')} printed no JSON`, { cause });
  }
  throw new BootletError('E_HOST_COMMAND', `ip ${args.join(' ')} printed no list`);
};
