import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { test } from 'tap';
import { bootletProgram } from '../lab/program.ts';
import { run, tryRun } from '../lab/run.ts';
import { until } from '../lab/until.ts';
import { type PodHost, podHosts } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

const skip = missing('dockerd', 'busybox', 'tar', 'sha256sum');
const startHost = podHosts(t);
const root = join(import.meta.dirname, '../..');

interface Command {
  readonly command: string;
  readonly output: readonly string[];
}

const blocksOf = (markdown: string, language: string): readonly string[] =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, body = '']) => body);

/** `$ command` and the lines below it. */
const commandsOf = (block: string): readonly Command[] =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n');
      return { command, output };
    });

/** What differs from run to run: ages, the version, the width of columns. */
const normal = (line: string): string =>
  line
    .replace(/\b\d+s( \(x\d+ over \d+s\))?/g, 'AGE')
    .replace(/bootlet [\w.]+,/, 'bootlet VERSION,')
    .replace(/\s+/g, ' ')
    .trim();

test("the README's first five minutes run as they stand there", { skip }, async (t) => {
  const host = await startHost(t);
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  await loadDemoImage(host);
  const [manifest = ''] = blocksOf(readme, 'yaml');
  await writeFile(join(host.dir, 'hello.yaml'), manifest);
  const here = (text: string): string =>
    text.replaceAll('/etc/kubernetes/manifests', host.manifests).replaceAll('node1', host.nodeName);
  const [program, ...args] = bootletProgram();
  const shell = (command: string) =>
    tryRun(
      'sh',
      [
        '-c',
        `bootlet() { ${[program, ...args].join(' ')} "$@"; }; cd ${host.dir}; ${here(command).replace(/^sudo /, '')}`,
      ],
      {
        env: { ...process.env, BOOTLET_SOCKET: host.socket },
      },
    );
  for (const { command, output } of blocksOf(readme, 'console').flatMap(commandsOf)) {
    const expected = output.map((line) => normal(here(line)));
    let printed = '';
    const asPromised = async () => {
      const { stdout, stderr } = await shell(command);
      printed = stdout + stderr;
      const lines = printed.split('\n').map(normal);
      return expected.every((line) => lines.includes(line));
    };
    await until(asPromised, { what: `the output of \`${command}\`` }).catch((error: unknown) =>
      t.fail(`${error}, but:\n${printed}`),
    );
    t.pass(command);
  }
});

const loadDemoImage = async (host: PodHost): Promise<void> => {
  const archive = join(host.dir, 'demo.tar');
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  await run('sh', ['-c', '"$0" "$1" > "$2"', join(root, 'units/demo/image.sh'), architecture, archive]);
  await host.docker.engine.load(archive);
};
