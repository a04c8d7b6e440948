import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Expectation } from './expectation.ts';

/** Where the recorded cases are: beside the repository, or in the folder `pods` of BOOTLET_CONFORMANCE. */
export const CORPUS = resolve(
  process.env['BOOTLET_CONFORMANCE'] ?? resolve(import.meta.dirname, '../../../../shared/conformance'),
  'pods',
);

/** One folder of the corpus. */
export interface Case {
  readonly name: string;
  readonly about: string;
  readonly folder: string;
  /** With placeholders. */
  readonly manifest: string;
  /** As the manifest names the pod, without the node. */
  readonly podName: string;
  readonly expected: Expectation;
}

export const corpusExists = (): boolean => existsSync(CORPUS);

/** Every folder of the corpus that holds a case. */
export const readCases = (): readonly Case[] =>
  globSync('*/expect.json', { cwd: CORPUS })
    .map((file) => readCase(join(CORPUS, dirname(file))))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const readCase = (folder: string): Case => {
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const manifest = read('pod.yaml');
  const { metadata }: { metadata: { name: string } } = parse(manifest);
  const expected: Expectation = JSON.parse(read('expect.json'));
  return {
    name: basename(folder),
    about: read('about.txt').trim(),
    folder,
    manifest,
    podName: metadata.name,
    expected,
  };
};
