import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootletProgram } from '../lab/program.ts';
import { run } from '../lab/run.ts';
import type { Scope } from '../lab/scope.ts';
import type { Bench } from './bench.ts';
import { alternate, ms } from './rounds.ts';

const SHIPPED = join(import.meta.dirname, '../../manifests');
const PARSER = join(import.meta.dirname, 'parse-yaml.ts');

/** `bootlet manifest validate` of many files at once, beside a process that only reads them and parses their YAML; each from exec to exit. */
export const validate: Bench = async (scope, options) => {
  const files = await manyManifests(scope, options.pods);
  const medians = await alternate(options.rounds, {
    floor: () => timed([process.execPath, PARSER, ...files]),
    bootlet: () => timed([...bootletProgram(), 'manifest', 'validate', ...files]),
  });
  return { manifests: files.length, ...medians };
};

/** Copies of the manifests that bootlet ships, in turn, each with a pod of its own. */
const manyManifests = async (scope: Scope, count: number): Promise<string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'bl-bench-'));
  scope.teardown(() => rm(folder, { recursive: true, force: true }));
  const names = (await readdir(SHIPPED)).filter((name) => name.endsWith('.yaml')).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(SHIPPED, name), 'utf8')));
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const file = join(folder, `${n}.yaml`);
      const text = texts[n % texts.length] ?? '';
      await writeFile(file, text.replace(/^( {2}name: .*)$/m, `$1-${n}`));
      return file;
    }),
  );
};

const timed = async ([command, ...args]: readonly string[]): Promise<number> => {
  const from = process.hrtime.bigint();
  await run(command ?? '', args);
  return ms(from, process.hrtime.bigint());
};
