import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { bootletProgram } from '../lab/program.ts';
import { tryRun } from '../lab/run.ts';

const MANIFESTS = join(import.meta.dirname, '../../manifests');

interface Report {
  readonly items: readonly { readonly errors: readonly { readonly field: string }[] }[];
}

const validate = async (...files: string[]) => {
  const [program, ...args] = bootletProgram();
  const { stdout, code } = await tryRun(program, [...args, 'manifest', 'validate', '-o', 'json', ...files]);
  return { code, report: JSON.parse(stdout) as Report };
};

test('every manifest that bootlet ships is valid', async (t) => {
  const files = (await readdir(MANIFESTS))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(MANIFESTS, name));
  const { code, report } = await validate(...files);
  t.equal(code, 0);
  t.match(report, { items: files.map((file) => ({ file, valid: true, errors: [] })) });
});

test('the templates of the classic guide are valid as they are', async (t) => {
  const files = ['kube-apiserver.json', 'kube-scheduler.json'].map((name) => join(MANIFESTS, 'classic', name));
  const { code, report } = await validate(...files);
  t.equal(code, 0);
  t.match(report, { items: files.map((file) => ({ file, valid: true })) });
});

test('a template of the classic guide with an empty hostPath is refused by the field’s name and line', async (t) => {
  const file = join(MANIFESTS, 'classic/kube-controller-manager.json');
  const { code, report } = await validate(file);
  t.equal(code, 5);
  const errors = report.items.flatMap((item) => item.errors);
  t.match(
    errors.find(({ field }) => field === 'spec.volumes[1].hostPath.path'),
    { line: 33, message: /path of a file or directory/ },
  );
});
