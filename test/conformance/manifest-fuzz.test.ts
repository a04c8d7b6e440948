import { randomInt } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { type Test, test } from 'tap';
import { decode } from '../../daemon/pods/manifest/decode/decode.ts';
import type { Node } from '../../daemon/pods/manifest/decode/tree.ts';
import { type ManifestIssue, type ManifestResult, readManifest } from '../../daemon/pods/manifest/read.ts';
import { mutated, rawBytes } from './mutations.ts';
import { transplanted } from './transplants.ts';

/**
 * Fuzzes the reader of manifests for BOOTLET_FUZZ_SECONDS (15, divided among the tests) from BOOTLET_FUZZ_SEED, another
 * one each time unless it is given. What fails is shrunk, and printed with the seed and path that bring it back.
 */
const seconds = Number(process.env['BOOTLET_FUZZ_SECONDS'] ?? '15');
const seed = Number(process.env['BOOTLET_FUZZ_SEED'] ?? randomInt(2 ** 31));
const corpus = resolve(
  process.env['BOOTLET_CONFORMANCE'] ?? resolve(import.meta.dirname, '../../../shared/conformance'),
);
const skip = !existsSync(corpus) && process.env['CI'] !== 'true' ? `no conformance corpus in ${corpus}` : false;

/** Processor time for one input, which has some kilobytes. */
const MOST_MS = 5000;

const read = (bytes: Uint8Array): ManifestResult => readManifest(bytes, { nodeName: 'node' });

const isInText = ({ line, column }: ManifestIssue, lines: readonly string[]): boolean =>
  line >= 1 && column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1;

const jsonOf = (node: Node): string => {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'number':
      return node.text;
    case 'list':
      return `[${node.items.map(jsonOf).join(',')}]`;
    case 'map':
      return `{${[...node.entries].map(([key, { value }]) => `${JSON.stringify(key)}:${jsonOf(value)}`).join(',')}}`;
    default:
      return JSON.stringify(node.value);
  }
};

/** What is wrong with the answer to an input; undefined if nothing is. */
const complaint = (bytes: Uint8Array): string | undefined => {
  const begun = process.cpuUsage();
  const result = read(bytes);
  const { user, system } = process.cpuUsage(begun);
  if (user + system > MOST_MS * 1000) return `it took ${user + system} µs`;
  const decoded = decode(bytes);
  const lines = decoded.text.split('\n');
  const issues = [...(result.ok ? [] : result.errors), ...result.warnings];
  const lost = issues.find((issue) => !isInText(issue, lines));
  if (lost !== undefined) return `no such place: ${JSON.stringify(lost)}`;
  if (issues.some(({ message }) => message === '')) return 'a fault without a message';
  if (!result.ok && result.errors.length === 0) return 'refused without a reason';
  if (!isDeepStrictEqual(read(bytes), result)) return 'read twice it says two things';
  if (!result.ok || !decoded.ok) return undefined;
  const again = read(Buffer.from(jsonOf(decoded.root)));
  return again.ok && isDeepStrictEqual(again.pod, result.pod) ? undefined : 'its JSON is another pod';
};

/** How many of the inputs were pods, of a hundred. */
const check = (t: Test, inputs: fc.Arbitrary<Uint8Array>): number => {
  const count = { all: 0, pods: 0 };
  t.comment(`BOOTLET_FUZZ_SEED=${seed}`);
  fc.assert(
    fc.property(inputs, (bytes) => {
      const found = complaint(bytes);
      if (found !== undefined) throw new Error(`${found}: ${JSON.stringify(Buffer.from(bytes).toString('latin1'))}`);
      count.all += 1;
      if (read(bytes).ok) count.pods += 1;
    }),
    { seed, numRuns: 1_000_000_000, interruptAfterTimeLimit: (seconds / 3) * 1000 },
  );
  const percent = (100 * count.pods) / Math.max(1, count.all);
  t.comment(`${count.all} inputs, ${percent.toFixed(1)} % of them pods`);
  return percent;
};

const timeout = (seconds + 60) * 1000;

/** The recorded manifests, with something in place of their placeholders, with which they are no YAML. */
const recorded = (): Buffer[] =>
  globSync('{pods/*/pod*.yaml,validation/*.{yaml,json}}', { cwd: corpus })
    .sort()
    .map((file) => readFileSync(join(corpus, file)))
    .map((bytes) => Buffer.from(bytes.toString('latin1').replaceAll('@OUT@', '/out'), 'latin1'));

test('any bytes are answered in bounded time, the same way each time, with faults that are in the text', {
  timeout,
}, async (t) => {
  check(t, rawBytes);
});

test('so is every recorded manifest with pieces cut out, doubled and put in; and what is a pod is the same pod as JSON', {
  skip,
  timeout,
}, async (t) => {
  check(t, mutated(recorded().map((bytes) => bytes.toString('latin1'))));
});

test('so is every recorded pod with fields of the others, which is often a pod', { skip, timeout }, async (t) => {
  const documents = recorded().flatMap((bytes) => {
    const decoded = decode(bytes);
    return decoded.ok ? [jsonOf(decoded.root)] : [];
  });
  const pods = documents.filter((text) => read(Buffer.from(text)).ok);
  t.ok(check(t, transplanted(pods, documents)) > 10);
});
