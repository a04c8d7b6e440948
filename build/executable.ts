import { execFile } from 'node:child_process';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const pathOf = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

/** The Node of the lock file, whichever Node runs the build: its hash is known, and a code cache fits its maker only. */
const node = pathOf(`node-linux-${process.arch}/bin/node`);

/** Node looks for a blob only when the injection has flipped this fuse, which is in its own binary. */
const sentinelFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * Memory of an idle daemon, measured: compiling undici's WebAssembly parser a second time, for a speed it has no use for,
 * costs 15 MB; a young generation that may grow costs 5 MB.
 */
const memoryFlags = ['--liftoff-only', '--max-semi-space-size=1'];

/** Resolves to a note when there is no strip here; the executable works without, only larger. */
const strip = async (file: string): Promise<string | undefined> => {
  try {
    await run('strip', [file]);
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return 'no strip (binutils) on this machine: the executable keeps the symbols of Node';
    throw error;
  }
};

/** Writes the blob that Node runs instead of a script; the paths are relative, so that no build folder gets into it. */
const prepareBlob = async (script: string, folder: string): Promise<string> => {
  const config = {
    main: basename(script),
    output: 'sea.blob',
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    // A root daemon takes no orders from NODE_OPTIONS, and no signal opens an inspector on it.
    execArgvExtension: 'none',
    execArgv: ['--disable-sigusr1', ...memoryFlags],
  };
  await writeFile(join(folder, 'sea.json'), JSON.stringify(config));
  // V8 takes a code cache only under the flags under which it was made.
  await run(node, [...memoryFlags, '--experimental-sea-config', 'sea.json'], { cwd: folder });
  return join(folder, config.output);
};

/**
 * Makes one executable of Node and a bundled script, in whose folder it leaves its scratch files.
 * `outfile` appears whole or not at all. Resolves to notes for the person who builds.
 */
export const makeExecutable = async (script: string, outfile: string): Promise<string[]> => {
  const folder = dirname(script);
  const blob = await prepareBlob(script, folder);
  const executable = join(folder, 'node');
  await copyFile(node, executable);
  // Before the injection: strip would drop the blob.
  const note = await strip(executable);
  await run(node, [pathOf('postject/dist/cli.js'), executable, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', sentinelFuse]);
  await mkdir(dirname(outfile), { recursive: true });
  const beside = `${outfile}.new`;
  await rm(beside, { force: true });
  await copyFile(executable, beside);
  await rename(beside, outfile);
  return note === undefined ? [] : [note];
};
