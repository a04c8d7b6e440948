import type { ErrorCode } from '../errors.ts';

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notRunning: 3,
  permission: 4,
  invalid: 5,
  preflight: 6,
  degraded: 7,
  waitedTooLong: 8,
  interrupted: 130,
} as const;

const byError: Partial<Readonly<Record<ErrorCode, number>>> = {
  E_USAGE: EXIT.usage,
  E_DAEMON_UNREACHABLE: EXIT.notRunning,
  E_PERMISSION: EXIT.permission,
  E_CONFIG_INVALID: EXIT.invalid,
  E_CONFIG_UNSUPPORTED: EXIT.invalid,
  E_MANIFEST_SYNTAX: EXIT.invalid,
  E_MANIFEST_INVALID: EXIT.invalid,
  E_TOKEN_MALFORMED: EXIT.invalid,
  E_TOKEN_UNKNOWN: EXIT.invalid,
  E_TOKEN_EXPIRED: EXIT.invalid,
  E_TOKEN_USAGE: EXIT.invalid,
  E_MANIFEST_FOLDER_CONTESTED: EXIT.preflight,
  E_NETWORK_REFUSED: EXIT.preflight,
  E_TIMEOUT: EXIT.waitedTooLong,
};

export const exitCodeOf = (code: ErrorCode): number => byError[code] ?? EXIT.failure;
