import type { Table } from '../api/table.ts';
import type { Client } from './client.ts';
import { columns, type Row } from './columns.ts';
import type { Io } from './io.ts';
import { linesOf } from './lines.ts';
import { type Format, printObject } from './output.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export interface TableView {
  readonly format: Format;
  /** Whether the namespace is the first column. */
  readonly withNamespace: boolean;
  /** Singular, for `-o name`. */
  readonly kind: string;
}

type Definitions = NonNullable<Table['columnDefinitions']>;

const shownCells = <T>(cells: readonly T[], definitions: Definitions, { format }: TableView): readonly T[] =>
  cells.filter((_, i) => format === 'wide' || definitions[i]?.priority === 0);

const rowsOf = ({ rows }: Table, definitions: Definitions, view: TableView): readonly Row[] => {
  if (view.format === 'name') return rows.map(({ object }) => [`${view.kind}/${object?.metadata.name ?? ''}`]);
  return rows.map(({ cells, object }) => [
    ...(view.withNamespace ? [object?.metadata.namespace ?? ''] : []),
    ...shownCells(cells, definitions, view),
  ]);
};

const headOf = (definitions: Definitions, view: TableView): readonly Row[] => {
  if (view.format === 'name') return [];
  const names = shownCells(
    definitions.map(({ name }) => name.toUpperCase()),
    definitions,
    view,
  );
  return [[...(view.withNamespace ? ['NAMESPACE'] : []), ...names]];
};

/** Prints a collection; when it is empty, only `nothing`, as a note. */
export const printTable = async (
  client: Client,
  io: Io,
  path: string,
  view: TableView,
  nothing: string,
): Promise<void> => {
  const table = await client.get<Table>(path, { accept: TABLE });
  const definitions = table.columnDefinitions ?? [];
  if (table.rows.length === 0) return io.note(`${nothing}\n`);
  return io.out(columns([...headOf(definitions, view), ...rowsOf(table, definitions, view)]));
};

const widestOf = (rows: readonly Row[]): readonly string[] => {
  const length = Math.max(...rows.map((row) => row.length));
  const width = (i: number): number => Math.max(...rows.map((row) => String(row[i] ?? '').length));
  return Array.from({ length }, (_, i) => ' '.repeat(width(i)));
};

interface TableEvent {
  readonly type: string;
  readonly object: Table;
}

/** Prints a collection and then every change of it, until the daemon ends the stream. As json or yaml: one object after the other. */
export const followTable = async (client: Client, io: Io, path: string, view: TableView): Promise<void> => {
  const { format } = view;
  const isPlain = format === 'json' || format === 'yaml';
  const first = isPlain ? undefined : await client.get<Table>(path, { accept: TABLE });
  const definitions = first?.columnDefinitions ?? [];
  // A row of blanks as wide as the widest so far: later rows stay below earlier ones.
  let widest: readonly string[] = [];
  const print = (rows: readonly Row[]): void => {
    widest = widestOf([widest, ...rows]);
    io.out(
      columns([widest, ...rows])
        .split('\n')
        .slice(1)
        .join('\n'),
    );
  };
  if (first !== undefined) print([...headOf(definitions, view), ...rowsOf(first, definitions, view)]);
  const since = first?.metadata.resourceVersion ?? '0';
  const stream = await client.stream(`${path}&watch=1&resourceVersion=${since}`, isPlain ? 'application/json' : TABLE);
  for await (const line of linesOf(stream)) {
    const event: TableEvent = JSON.parse(line);
    if (isPlain) await printObject(io, format, event);
    else print(rowsOf(event.object, definitions, view));
  }
};
