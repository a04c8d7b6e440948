import type { ManifestIssue } from './issue.ts';

/** `FILE:LINE:COLUMN: FIELD: MESSAGE (HINT)` */
export const describeIssue = (path: string, { field, line, column, message, hint }: ManifestIssue): string =>
  `${path}:${line}:${column}: ${field === '' ? '' : `${field}: `}${message}${hint === undefined ? '' : ` (${hint})`}`;
