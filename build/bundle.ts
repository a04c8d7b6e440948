import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

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

/**
 * Bundles everything that `entry` reaches into one CommonJS file: what a single executable application can run.
 * A dynamic `import()` stays lazy: its modules are evaluated when it is called, so that a command loads only its own.
 */
export const bundle = async (entry: string, outfile: string): Promise<void> => {
  await build({
    entryPoints: [entry],
    outfile,
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Code from a code cache has no loader for import(): turned into require, it needs none.
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    // Names stay, for stack traces that can be read.
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'none',
    define: { BOOTLET_VERSION: JSON.stringify(version()) },
    logLevel: 'warning',
  });
};
