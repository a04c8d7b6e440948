import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/** Gives an `import()` of a CommonJS package the names that Node finds in it; esbuild by itself gives only `default`. */
export const namedExports: Plugin = {
  name: 'named-exports',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir }) =>
      kind === 'dynamic-import' && !isBuiltin(path)
        ? { path, namespace: 'named-exports', pluginData: resolveDir }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'named-exports' }, async ({ path, pluginData: resolveDir }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'module.exports');
      return { contents: `export { ${names.join(', ')} } from '${path}';`, resolveDir };
    });
  },
};
