import { Script } from 'node:vm';

/** A module as the build stores it: a function in source form, and what V8 made of it before. */
export interface StoredModule {
  readonly source: string;
  /** V8 ignores one that does not fit: the module then runs all the same, only later. */
  readonly codeCache?: Buffer;
}

interface Module {
  exports: unknown;
}
type Require = (name: string) => unknown;
type ModuleFunction = (exports: unknown, require: Require, module: Module) => void;

const builtIn: Require = (name) => {
  const module = process.getBuiltinModule(name);
  if (module !== undefined) return module;
  // What a library tries, and does without, is told by this code.
  throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
};

/**
 * CommonJS over modules that are no files: their names begin with `./`, all others are Node's own.
 * @param read called once for each module, at its first require, with its name less the `./`
 * @param onLoad called with each module after it was evaluated
 */
export const moduleLoader = (
  read: (name: string) => StoredModule,
  onLoad: (name: string, script: Script) => void = () => undefined,
): Require => {
  const loaded = new Map<string, Module>();
  const require: Require = (specifier) => {
    if (!specifier.startsWith('./')) return builtIn(specifier);
    const name = specifier.slice(2);
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const { source, codeCache } = read(name);
    const script = new Script(source, { filename: name, cachedData: codeCache });
    const run: ModuleFunction = script.runInThisContext();
    const module: Module = { exports: {} };
    loaded.set(name, module);
    run(module.exports, require, module);
    onLoad(name, script);
    return module.exports;
  };
  return require;
};
