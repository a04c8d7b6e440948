import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { readConfig } from '../../../daemon/config/read.ts';
import { schema } from '../../../daemon/config/schema.ts';
import { errorTable } from '../../../daemon/errors.ts';

const docs = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

test('docs/configuration.md shows every setting with its default', async (t) => {
  const [, text = ''] = /```yaml\n([^]*?)```/.exec(docs('configuration.md')) ?? [];
  const { config, issues } = readConfig([{ path: 'docs', text }], 'n');
  t.same(issues, []);
  t.same(config, { ...schema.fallback, nodeName: 'n' });
  const leaves = (value: unknown): string[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => [key, ...leaves(inner)])
      : [];
  for (const key of leaves(schema.fallback)) t.ok(text.includes(`${key}:`), key);
});

test('docs/errors.md lists every code with its meaning', async (t) => {
  const text = docs('errors.md');
  for (const [code, meaning] of Object.entries(errorTable)) t.ok(text.includes(`| \`${code}\` | ${meaning} |`), code);
});
