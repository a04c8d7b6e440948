import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { test } from 'tap';
import { decode } from '../../daemon/pods/manifest/decode/decode.ts';
import { canonicalJson } from '../../daemon/pods/manifest/identity.ts';
import { documentText, scalarText } from './yaml-documents.ts';

const program = resolve(import.meta.dirname, 'yaml-differential');
const hasGo = spawnSync('go', ['version']).status === 0;
const skip = !hasGo && process.env['CI'] !== 'true' ? 'no Go toolchain' : false;
const seed = 20_261_121;

/** What sigs.k8s.io/yaml makes of each document: JSON, or undefined for what it refuses. */
const askGo = (documents: readonly string[]): unknown[] => {
  const input = documents.map((text) => `${Buffer.from(text).toString('base64')}\n`).join('');
  const run = spawnSync('go', ['run', '.'], { cwd: program, input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (run.status !== 0) throw new Error(`the Go program failed: ${run.stderr}`);
  return run.stdout
    .split('\n')
    .slice(0, documents.length)
    .map((line) => (line === '' ? undefined : JSON.parse(line)));
};

const askBootlet = (text: string): unknown => {
  const decoded = decode(Buffer.from(text));
  return decoded.ok ? JSON.parse(canonicalJson(decoded.root)) : undefined;
};

/** Kubernetes drops null, so both sides leave it out of maps. */
const withoutNull = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNull);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNull(item)]])),
  );
};

const disagreements = (documents: readonly string[]): string[] => {
  const answers = askGo(documents);
  return documents.flatMap((text, i) => {
    const [go, bootlet] = [withoutNull(answers[i]), askBootlet(text)];
    return isDeepStrictEqual(go, bootlet)
      ? []
      : `${JSON.stringify(text)}: Go ${JSON.stringify(go)}, bootlet ${JSON.stringify(bootlet)}`;
  });
};

test('scalars, as values and as keys, are what sigs.k8s.io/yaml makes of them', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const scalars = fc.sample(scalarText, { seed, numRuns: 3000 });
  t.same(disagreements(scalars.map((text) => `a: ${text}\n`)).slice(0, 10), []);
  t.same(
    disagreements(scalars.map((text) => `{a: {${text}: 1}, b: [${text}]}`).map((text) => `x: ${text}\n`)).slice(0, 10),
    [],
  );
});

test('documents of all styles are what sigs.k8s.io/yaml makes of them', { skip, timeout: 180_000 }, async (t) => {
  t.same(disagreements(fc.sample(documentText, { seed, numRuns: 3000 })).slice(0, 10), []);
});
