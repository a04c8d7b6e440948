import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type CommonOptions, transform } from 'esbuild';
import { namedExports } from './named-exports.ts';

const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (
    typeof manifest === 'object' &&
    manifest !== null &&
    'version' in manifest &&
    typeof manifest.version === 'string'
  )
    return manifest.version;
  throw new Error('package.json names no version');
};

const common = {
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
} satisfies CommonOptions;

const bundling = {
  ...common,
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  bundle: true,
} satisfies BuildOptions;

/** A function of `exports`, `require` and `module`, and code in ASCII: what module-loader.ts runs. */
const toCommonJs = async (code: string): Promise<string> => {
  const wrapped = await transform(code, {
    ...common,
    format: 'cjs',
    banner: '(function (exports, require, module) {',
    footer: '})',
    // Code from a code cache has no loader for import(): turned into require, it needs none.
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    // Names stay, for stack traces that can be read; keepNames, for the few that collide, would cost the daemon 20 ms.
    minifyWhitespace: true,
  });
  return wrapped.code;
};

/**
 * Bundles everything that `entry` reaches into CommonJS modules in `folder`, of which `entry.js` is the first. What an
 * `import()` reaches is in modules of its own, so that a command loads no code but its own. Resolves to their names.
 */
export const bundle = async (entry: string, folder: string): Promise<string[]> => {
  const { outputFiles } = await build({
    ...bundling,
    entryPoints: [{ in: entry, out: 'entry' }],
    outdir: folder,
    write: false,
    // esbuild splits ES modules only.
    format: 'esm',
    splitting: true,
    plugins: [namedExports],
    define: { BOOTLET_VERSION: JSON.stringify(version()) },
  });
  await mkdir(folder, { recursive: true });
  return Promise.all(
    outputFiles.map(async ({ path, text }) => {
      await writeFile(path, await toCommonJs(text));
      return basename(path);
    }),
  );
};

/** Bundles the script that an executable starts with, which finds the modules among its assets. */
export const bundleLauncher = async (outfile: string): Promise<void> => {
  await build({
    ...bundling,
    entryPoints: [join(import.meta.dirname, 'launcher.ts')],
    outfile,
    format: 'cjs',
    minifySyntax: true,
  });
};
