import { test } from 'tap';
import { readManifest } from '../../../../daemon/pods/manifest/read.ts';

const MEGABYTE = 1024 * 1024;
const read = (text: string) => readManifest(Buffer.from(text), { nodeName: 'node' });
const firstFault = (text: string): string | undefined => {
  const result = read(text);
  return result.ok ? undefined : result.errors[0]?.message;
};
const aPod = (container: object, spec: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: { containers: [{ name: 'main', image: 'a:1', ...container }], ...spec },
  });

test('aliases of one long text cannot ask for gigabytes', async (t) => {
  const long = 'x'.repeat(MEGABYTE);
  const yaml = (copies: number): string =>
    `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: main, image: a, args: [&a ${long}${', *a'.repeat(copies)}]}]
`;
  t.equal(firstFault(yaml(9)), undefined);
  t.equal(firstFault(yaml(11)), 'the aliases of this document expand too far');
  t.equal(firstFault(yaml(5000)), 'the aliases of this document expand too far');
});

test('megabytes of digits are no integer, and that is known without reading them as one', async (t) => {
  const digits = '9'.repeat(9 * MEGABYTE);
  for (const number of [digits, `0x${digits}`, `0b${'1'.repeat(MEGABYTE)}`, `-${digits}`])
    t.match(
      firstFault(`apiVersion: v1\nkind: Pod\nspec: {activeDeadlineSeconds: ${number}}\n`),
      /must be a whole number/,
    );
});

test('a fault does not repeat megabytes of what is wrong', async (t) => {
  const result = read(aPod({ ['imagePull'.repeat(MEGABYTE)]: 1 }));
  t.ok(!result.ok && JSON.stringify(result.errors).length < 10_000);
});

test('faults by the ten thousand are counted, and only the first are looked into', async (t) => {
  const volumes = Array.from({ length: 10_000 }, (_, i) => ({ name: `v${i}`, emptyDir: {} }));
  const volumeMounts = volumes.map((_, i) => ({ name: `w${i}`, mountPath: `/${i}` }));
  const result = read(aPod({ volumeMounts }, { volumes }));
  t.ok(!result.ok && result.errors.length === 201);
  t.match(!result.ok && result.errors.at(-1)?.message, /^there are 9800 more faults/);
});
