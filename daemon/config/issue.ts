import type { ErrorCode } from '../errors.ts';
import type { Place } from './tree.ts';

/** One fault of the configuration. */
export interface ConfigIssue {
  readonly code: Extract<ErrorCode, 'E_CONFIG_INVALID' | 'E_CONFIG_UNSUPPORTED'>;
  /** Dotted path of the key, empty for the whole file. */
  readonly field: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export const issueAt = (
  at: Place,
  field: string,
  message: string,
  code: ConfigIssue['code'] = 'E_CONFIG_INVALID',
): ConfigIssue => ({
  code,
  field,
  file: at.file,
  line: at.line,
  column: at.column,
  message,
});

/** `FILE:LINE:COLUMN: FIELD: what is wrong` */
export const describeIssue = ({ file, line, column, field, message }: ConfigIssue): string =>
  `${file}:${line}:${column}: ${field === '' ? '' : `${field}: `}${message}`;
