import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type PauseArchitecture, pauseArchitectures } from '../daemon/runtime/pause/image.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../daemon/runtime/pause', import.meta.url));

/** The names under which every Debian has its own binutils, and the packages binutils-aarch64-linux-gnu and -x86-64-linux-gnu. */
const toolPrefix: Record<PauseArchitecture, string> = { amd64: 'x86_64-linux-gnu-', arm64: 'aarch64-linux-gnu-' };

/** The commands that {@link assemble} needs. */
export const assemblers = (architecture: PauseArchitecture): string[] =>
  ['as', 'objcopy'].map((tool) => toolPrefix[architecture] + tool);

/** Assembles the pause program of an architecture; the source holds the ELF header, so nothing is linked. */
export const assemble = async (architecture: PauseArchitecture): Promise<Buffer> => {
  const scratch = await mkdtemp(join(tmpdir(), 'bootlet-pause-'));
  try {
    const [object, elf] = [join(scratch, 'pause.o'), join(scratch, 'pause')];
    await run(`${toolPrefix[architecture]}as`, ['-o', object, join(folder, `pause.${architecture}.s`)]);
    await run(`${toolPrefix[architecture]}objcopy`, ['-O', 'binary', '-j', '.text', object, elf]);
    return await readFile(elf);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

if (import.meta.main) {
  const lines = await Promise.all(
    pauseArchitectures.map(async (name) => `  ${name}: '${(await assemble(name)).toString('base64')}',\n`),
  );
  await writeFile(
    join(folder, 'elf.ts'),
    `/** The pause program by architecture, in base64: made of pause.*.s by \`npm run build:pause\`, not by hand. */\nexport const pauseElf = {\n${lines.join('')}} as const;\n`,
  );
}
