/**
 * Writes beside each module in a folder its code cache, made after the module ran, so that it holds the functions that
 * were called. Runs `bootlet version` for this, under the Node and the flags of the executable.
 * Run with: node FLAGS build/warm-up.ts FOLDER
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Script } from 'node:vm';
import { moduleLoader } from './module-loader.ts';

const [folder = '.'] = process.argv.splice(2, 1, 'version');
const names = readdirSync(folder);

const scripts = new Map<string, Script>();
const load = moduleLoader(
  (name) => ({ source: readFileSync(join(folder, name), 'latin1') }),
  (name, script) => scripts.set(name, script),
);
load('./entry.js');
for (const name of names) load(`./${name}`);

process.once('exit', () => {
  for (const [name, script] of scripts) writeFileSync(join(folder, `${name}.cache`), script.createCachedData());
});
