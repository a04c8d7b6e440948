import { BootletError, messageOf } from '../errors.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Io } from './io.ts';

/** Prints `error: message (CODE)` and a hint. Resolves to the exit code. */
export const reportError = (error: unknown, io: Io): number => {
  const code = error instanceof BootletError ? error.code : 'E_INTERNAL';
  const hint = error instanceof BootletError ? error.hint : undefined;
  const detail = code === 'E_INTERNAL' && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  io.note(`error: ${messageOf(error)} (${code})${detail}\n`);
  if (hint !== undefined) io.note(`hint: ${hint}\n`);
  return exitCodeOf(code);
};
