import type { Collection } from './collection.ts';
import type { ApiObject } from './object.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** meta.k8s.io/v1 Table: what kubectl, and `bootlet`, print as columns. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: { readonly resourceVersion: string };
  /** Absent in all but the first Table of a watch. */
  readonly columnDefinitions?: readonly TableColumn[];
  readonly rows: readonly { readonly cells: readonly (string | number)[]; readonly object?: ApiObject }[];
}

/** What the client wants with each row (`includeObject`). */
export type RowObject = 'None' | 'Metadata' | 'Object';

const rowObject = (object: ApiObject, wanted: RowObject): { object?: ApiObject } => {
  if (wanted === 'None') return {};
  if (wanted === 'Object') return { object };
  return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata } };
};

export interface TableOptions {
  readonly rowObject: RowObject;
  readonly withColumns: boolean;
  readonly now: number;
  readonly resourceVersion: string;
}

export const tableOf = <T extends ApiObject>(
  { columns }: Pick<Collection<T>, 'columns'>,
  objects: readonly T[],
  options: TableOptions,
): Table => ({
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata: { resourceVersion: options.resourceVersion },
  ...(options.withColumns ? { columnDefinitions: columns.map(({ cell, ...rest }) => ({ ...rest, format: '' })) } : {}),
  rows: objects.map((object) => ({
    cells: columns.map(({ cell }) => cell(object, options.now)),
    ...rowObject(object, options.rowObject),
  })),
});
