import type { ErrorCode } from '../../errors.ts';

/** One fault of a manifest, or one thing about it that its author should know. */
export interface ManifestIssue {
  /** The path as Kubernetes spells it, with its habits (a whole map for one entry, say); empty for the whole file. */
  field: string;
  /** 1-based, of the nearest node that exists. */
  line: number;
  column: number;
  code: IssueCode;
  message: string;
  hint?: string;
}

export type IssueCode = Extract<
  ErrorCode,
  | 'E_MANIFEST_SYNTAX'
  | 'E_MANIFEST_TOO_LARGE'
  | 'E_MANIFEST_KIND'
  | 'E_MANIFEST_EXTRA_DOCUMENT'
  | 'E_MANIFEST_REFERENCE'
  /** Stands for the faults beyond those that are listed. */
  | 'E_MANIFEST_INVALID'
  | 'E_FIELD_UNKNOWN'
  | 'E_FIELD_TYPE'
  | 'E_FIELD_REQUIRED'
  | 'E_FIELD_INVALID'
  | 'E_FIELD_FORBIDDEN'
  | 'E_FIELD_DUPLICATE'
  | 'E_FIELD_NOT_FOUND'
>;

/** A fault whose place is still a byte offset into the decoded text. */
export interface TextFault {
  readonly offset: number;
  readonly message: string;
  readonly code?: IssueCode;
  readonly hint?: string;
}
