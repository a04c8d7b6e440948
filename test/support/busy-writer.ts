import { closeSync, linkSync, openSync, renameSync, rmSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

// A program: writes to the folder given, as hastily as it can and in every way there is, for the given number of
// steps. Every content is `pod NAME SERIAL … end`. Prints the longest time that a content was half-written, in ms.

const [folder = '', steps = '0', seed = '1'] = process.argv.slice(2);
const names = ['a', 'b', 'c', 'd'];
const aside = join(folder, '..', 'aside');

let state = Number(seed);
/** A small generator of its own (mulberry32), so that a run can be repeated. */
const random = (below: number): number => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
};

let longest = 0;
const inPieces = (path: string, text: string): void => {
  const file = openSync(path, 'w');
  const begun = performance.now();
  const size = Math.ceil(text.length / (1 + random(12)));
  for (let at = 0; at < text.length; at += size) writeSync(file, text.slice(at, at + size));
  longest = Math.max(longest, performance.now() - begun);
  closeSync(file);
};

const ways: readonly ((path: string, text: string) => void)[] = [
  inPieces,
  inPieces,
  (path, text) => {
    writeFileSync(aside, text);
    renameSync(aside, path);
  },
  (path, text) => {
    inPieces(`${path}~`, text);
    rmSync(path, { force: true });
    renameSync(`${path}~`, path);
  },
  (path, text) => {
    rmSync(path, { force: true });
    inPieces(path, text);
  },
  (path, text) => {
    writeFileSync(aside, text);
    rmSync(path, { force: true });
    linkSync(aside, path);
    unlinkSync(aside);
  },
  (path) => rmSync(path, { force: true }),
];

for (let step = 0; step < Number(steps); step++) {
  const name = names[random(names.length)] ?? '';
  const text = `pod ${name} ${step} ${'x'.repeat(random(2) * 20_000)} end`;
  ways[random(ways.length)]?.(join(folder, name), text);
}
process.stdout.write(`${longest}\n`);
