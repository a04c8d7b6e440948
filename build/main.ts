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
  const script = join(workFolder, 'bootlet.cjs');
  await bundle(resolve(values.entry), script);
  const outfile = resolve(values.out);
  const notes = await makeExecutable(script, outfile);
  for (const note of notes) console.error(`note: ${note}`);
  const megabytes = ({ size }: { size: number }): string => (size / 1e6).toFixed(1);
  console.log(`${outfile}: ${megabytes(await stat(outfile))} MB, of it script ${megabytes(await stat(script))} MB`);
} finally {
  await rm(workFolder, { recursive: true, force: true });
}
