import { join } from 'node:path';
import { test } from 'tap';
import { run } from '../lab/run.ts';
import { missing } from '../support/requires.ts';

const main = join(import.meta.dirname, '../bench/main.ts');

test('a benchmark prints one line of JSON with both medians and their ratio', {
  skip: missing('dockerd', 'gcc', 'ip'),
}, async (t) => {
  const output = await run(process.execPath, [main, 'pod-start', '--rounds', '1', '--json'], { timeout: 120_000 });
  t.match(output, /^\{.*\}\n$/);
  const { floorMs, bootletMs, ratio, ...named } = JSON.parse(output);
  t.same(named, { bench: 'pod-start', rounds: 1 });
  for (const [name, value] of Object.entries({ floorMs, bootletMs, ratio })) t.ok(value > 0, `${name} is positive`);
});
