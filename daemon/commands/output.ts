import { Option } from 'commander';
import type { Io } from './io.ts';

export type Format = 'text' | 'wide' | 'json' | 'yaml' | 'name';

/** `-o`, with the formats that a command has besides its plain text. */
export const outputOption = (...formats: Exclude<Format, 'text'>[]): Option =>
  new Option('-o, --output <format>', 'how to print').choices(formats).default('text', 'text for people');

/** Prints an object for a program to read. */
export const printObject = async (io: Io, format: 'json' | 'yaml', object: unknown): Promise<void> => {
  if (format === 'json') return io.out(`${JSON.stringify(object, null, 2)}\n`);
  const { stringify } = await import('yaml');
  return io.out(stringify(object, { aliasDuplicateObjects: false }));
};
