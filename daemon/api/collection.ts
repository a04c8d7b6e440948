import type { Changes } from './changes.ts';
import type { Column } from './column.ts';
import type { ApiObject } from './object.ts';

/** Objects of one kind, as they are served. */
export interface Collection<T extends ApiObject> {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  /** What a fieldSelector may name. */
  readonly fields: Readonly<Record<string, (object: T) => string>>;
  readonly columns: readonly Column<T>[];
  /** resourceVersion of a list taken now. */
  version(): number;
  list(): readonly T[];
  readonly changes: Changes<T>;
}
