import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.ts';
import { makeExecutable } from './executable.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: join(root, 'daemon/cli.ts') },
    out: { type: 'string', default: join(root, 'dist/bootlet') },
  },
});

const workFolder = await mkdtemp(join(tmpdir(), 'bootlet-build-'));
try {
  const modules = join(workFolder, 'modules');
  const names = await bundle(resolve(values.entry), modules);
  const outfile = resolve(values.out);
  const notes = await makeExecutable(modules, names, outfile);
  for (const note of notes) console.error(`note: ${note}`);
  console.log(`${outfile}: ${((await stat(outfile)).size / 1e6).toFixed(1)} MB`);
} finally {
  await rm(workFolder, { recursive: true, force: true });
}
