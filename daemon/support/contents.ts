import { columns } from '../commands/columns.ts';
import { MOST_LENGTH, type TakenPart } from './part.ts';

/** The table of contents: what each file is, what was taken out of it, and what could not be had and why. */
export const contentsText = (parts: readonly TakenPart[]): string => {
  const rows = parts.map(({ name, what, text, redacted, isCut }) => [
    name,
    text === undefined ? '-' : Buffer.byteLength(text),
    Object.entries(redacted)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ') || '-',
    `${what}${isCut ? `, cut to ${MOST_LENGTH / 2 ** 20} Mi characters` : ''}`,
  ]);
  const missing = parts.filter(({ text }) => text === undefined).map(({ name, trouble }) => `${name}: ${trouble}\n`);
  const rest = missing.length === 0 ? '' : `\nWhat could not be had:\n${missing.join('')}`;
  return `${columns([['FILE', 'BYTES', 'REDACTED', 'WHAT'], ...rows])}${rest}`;
};
