import { resolve } from 'node:path';
import { test } from 'tap';
import { moduleLoader } from '../../build/module-loader.ts';

const wrapped = (body: string): string => `(function (exports, require, module) {${body}})`;

test('a module whose code cache does not fit runs all the same', async (t) => {
  const load = moduleLoader(() => ({ source: wrapped('exports.ran = true'), codeCache: Buffer.from('of another V8') }));
  t.same(load('./a.js'), { ran: true });
});

test('a module runs once, however many require it', async (t) => {
  const sources: Record<string, string> = {
    'a.js': "module.exports = [require('./c.js'), require('./b.js')]",
    'b.js': "module.exports = require('./c.js')",
    'c.js': 'exports.c = true',
  };
  const runs: string[] = [];
  const load = moduleLoader(
    (name) => ({ source: wrapped(sources[name] ?? '') }),
    (name) => runs.push(name),
  );
  t.same(load('./a.js'), [{ c: true }, { c: true }]);
  t.same(runs, ['c.js', 'b.js', 'a.js']);
});

test('what is no module of the program is one of Node', async (t) => {
  const load = moduleLoader(() => ({ source: wrapped("module.exports = require('node:path').resolve") }));
  t.equal(load('./a.js'), resolve);
});

test('a library that is not there is missed as Node misses it', async (t) => {
  const load = moduleLoader(() => ({ source: wrapped("require('pino-pretty')") }));
  t.throws(() => load('./a.js'), { code: 'MODULE_NOT_FOUND' });
});
