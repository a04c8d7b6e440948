/** A column of a Table (meta.k8s.io/v1): priority 1 is shown only in wide output. */
export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer';
  readonly priority: 0 | 1;
  readonly description: string;
  /** @param now ms since the epoch, for ages */
  cell(object: T, now: number): string | number;
}

export const column = <T>(
  name: string,
  description: string,
  cell: (object: T, now: number) => string,
  priority: 0 | 1 = 0,
): Column<T> => ({ name, type: 'string', priority, description, cell });
