import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The names of the rules that an otherwise empty tree with these files breaks. */
const brokenRules = async (folder: string, files: Record<string, string>): Promise<string[]> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const args = [
    join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
    '--config',
    join(root, '.dependency-cruiser.json'),
    '--ts-config',
    join(root, 'tsconfig.json'),
    '.',
  ];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  return [...new Set([...output.matchAll(/^ *error ([a-z-]+): /gm)].map(([, rule]) => String(rule)))].sort();
};

const leaf = 'export const leaf = 1;\n';
const importing = (specifier: string): string => `import { leaf } from '${specifier}';\nexport const used = leaf;\n`;

const cases: Record<string, { files: Record<string, string>; broken: string[] }> = {
  'pods/ may use the runtime and the engine': {
    files: {
      'daemon/pods/a.ts': `${importing('../runtime/b.ts')}export { leaf } from '../reconcile/c.ts';\n`,
      'daemon/runtime/b.ts': leaf,
      'daemon/reconcile/c.ts': leaf,
    },
    broken: [],
  },
  'a cycle is refused': {
    files: { 'daemon/pods/a.ts': importing('./b.ts'), 'daemon/pods/b.ts': importing('./a.ts') },
    broken: ['no-cycles'],
  },
  'pods/ must not import network/, not even a type': {
    files: {
      'daemon/pods/a.ts': "import type { Leaf } from '../network/b.ts';\nexport type Used = Leaf;\n",
      'daemon/network/b.ts': 'export type Leaf = 1;\n',
    },
    broken: ['parts-meet-in-the-store'],
  },
  'the engine must not know pods': {
    files: { 'daemon/reconcile/a.ts': importing('../pods/b.ts'), 'daemon/pods/b.ts': leaf },
    broken: ['engine-knows-no-domain'],
  },
  'host/ must not import the configuration': {
    files: { 'daemon/host/a.ts': importing('../config/b.ts'), 'daemon/config/b.ts': leaf },
    broken: ['host-is-below-everything'],
  },
  'the configuration may use the forms of Kubernetes, which know no part': {
    files: {
      'daemon/config/a.ts': importing('../kubernetes/b.ts'),
      'daemon/kubernetes/b.ts': importing('../host/c.ts'),
      'daemon/host/c.ts': leaf,
    },
    broken: ['kubernetes-is-a-vocabulary'],
  },
  'pods/ must not start processes': {
    files: { 'daemon/pods/a.ts': "import { spawn } from 'node:child_process';\nexport const used = spawn;\n" },
    broken: ['processes-only-in-host-and-runtime'],
  },
  'a planner must not open sockets, a probe may': {
    files: {
      'daemon/pods/plan.ts': "import { connect } from 'node:net';\nexport const used = connect;\n",
      'daemon/pods/probes/tcp.ts': "import { connect } from 'node:net';\nexport const used = connect;\n",
    },
    broken: ['sockets-only-where-they-belong'],
  },
  'a command must not load a part of the daemon before it runs': {
    files: { 'daemon/commands/a.ts': importing('../config/b.ts'), 'daemon/config/b.ts': leaf },
    broken: ['commands-start-fast'],
  },
  'a command may load a part of the daemon when it runs': {
    files: {
      'daemon/commands/a.ts': "export const used = async () => (await import('../config/b.ts')).leaf;\n",
      'daemon/config/b.ts': leaf,
    },
    broken: [],
  },
  'a part must not import what composes it': {
    files: { 'daemon/pods/a.ts': importing('../main/b.ts'), 'daemon/main/b.ts': leaf },
    broken: ['roots-are-not-parts'],
  },
  'what ships must not import tests': {
    files: { 'daemon/pods/a.ts': importing('../../test/b.ts'), 'test/b.ts': leaf },
    broken: ['daemon-ships-alone'],
  },
  'what ships must not import a package that only development needs': {
    files: {
      'package.json': '{"name":"x","devDependencies":{"only-dev":"1"}}',
      'node_modules/only-dev/package.json': '{"name":"only-dev","main":"index.js"}',
      'node_modules/only-dev/index.js': 'exports.leaf = 1;\n',
      'daemon/pods/a.ts': importing('only-dev'),
    },
    broken: ['no-development-packages'],
  },
};

for (const [name, { files, broken }] of Object.entries(cases)) {
  test(name, async (t) => t.same(await brokenRules(t.testdir(), files), broken));
}
