import { execFile } from 'node:child_process';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleLauncher } from './bundle.ts';

const run = promisify(execFile);

const pathOf = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

/** The Node of the lock file, whichever Node runs the build: its hash is known, and a code cache fits its maker only. */
const node = pathOf(`node-linux-${process.arch}/bin/node`);

/** Node looks for a blob only when the injection has flipped this fuse, which is in its own binary. */
const sentinelFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * A young generation that may grow costs an idle daemon 5 MB. V8 takes a code cache only under the flags under which it
 * was made, and that of Node's own modules was made under none: a flag that counts there costs 7 ms for node:http alone.
 */
const v8Flags = ['--max-semi-space-size=1'];

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
const prepareBlob = async (modules: string, names: readonly string[], folder: string): Promise<string> => {
  await run(node, [...v8Flags, join(import.meta.dirname, 'warm-up.ts'), modules]);
  await bundleLauncher(join(folder, 'launcher.cjs'));
  const assets = names.flatMap((name) => [name, `${name}.cache`]);
  const config = {
    main: 'launcher.cjs',
    output: 'sea.blob',
    disableExperimentalSEAWarning: true,
    assets: Object.fromEntries(assets.map((name) => [name, join(basename(modules), name)])),
    // A root daemon takes no orders from NODE_OPTIONS, and no signal opens an inspector on it.
    execArgvExtension: 'none',
    // One worker thread beside the main one is enough for V8's garbage, and each costs memory.
    execArgv: ['--disable-sigusr1', '--v8-pool-size=1', ...v8Flags],
  };
  await writeFile(join(folder, 'sea.json'), JSON.stringify(config));
  await run(node, ['--experimental-sea-config', 'sea.json'], { cwd: folder });
  return join(folder, config.output);
};

/**
 * Makes one executable of Node and the modules that `bundle` wrote into a folder. It leaves their code caches
 * beside them, and its scratch files in the folder above.
 * `outfile` appears whole or not at all. Resolves to notes for the person who builds.
 */
export const makeExecutable = async (modules: string, names: readonly string[], outfile: string): Promise<string[]> => {
  const folder = dirname(modules);
  const blob = await prepareBlob(modules, names, folder);
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
