export type Row = readonly (string | number)[];

/** Rows as columns, three spaces apart, as kubectl prints them. The last column is not padded. */
export const columns = (rows: readonly Row[]): string => {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, String(cell).length);
  }
  const line = (row: Row): string =>
    row.map((cell, i) => (i === row.length - 1 ? String(cell) : String(cell).padEnd(widths[i] ?? 0))).join('   ');
  return rows.map((row) => `${line(row)}\n`).join('');
};
