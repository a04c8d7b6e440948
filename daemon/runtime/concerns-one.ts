import { BootletError, type ErrorCode } from '../errors.ts';

const CODES: readonly ErrorCode[] = ['E_TIMEOUT', 'E_INTERNAL', 'E_RUNTIME_REFUSED'];

/** Whether a failed look at a container says something of that container only, and nothing of the runtime. */
export const concernsOne = (error: unknown): error is BootletError =>
  error instanceof BootletError && CODES.includes(error.code);
