import pc from 'picocolors';
import type { Condition } from '../reconcile/conditions.ts';
import { columns } from './columns.ts';
import type { Io } from './io.ts';

/** Colours where a person looks who wants them. */
export const colours = (io: Io): ReturnType<typeof pc.createColors> =>
  pc.createColors(io.isTerminal && (io.env['NO_COLOR'] ?? '') === '');

/** What each condition says, good, bad or neither, on a line of its own. */
export const conditionLines = async (conditions: readonly Condition[], io: Io): Promise<string> => {
  const { isBad, isNeutral } = await import('../api/finding.ts');
  const paint = colours(io);
  // The mark is one character wide; colour would upset the widths if it stood in a padded column.
  const marks = conditions.map((c) => {
    if (isNeutral(c)) return '-';
    return isBad(c) ? paint.red('✗') : paint.green('✓');
  });
  const lines = columns(conditions.map((c) => [`${c.type}=${c.status}`, c.message])).split('\n');
  return marks.map((mark, i) => `${mark} ${lines[i] ?? ''}\n`).join('');
};
