import fc from 'fast-check';
import { test } from 'tap';
import { assign, type LastGood } from '../../../../daemon/pods/assign/assign.ts';
import { standing } from '../../../../daemon/pods/assign/standing.ts';
import { type ManifestFile, podKey } from '../../../../daemon/pods/resources.ts';
import { aFolder, anInvalidFile, aStaticPod, aValidFile } from '../../../support/builders.ts';

const paths = ['/manifests/a', '/manifests/b', '/manifests/c'];

/** The folder at one moment: for each path nothing, something invalid, or a content that names one of two pods. */
const moment = fc.record({
  contents: fc.tuple(...paths.map(() => fc.constantFrom('missing', 'invalid', 'web 1', 'web 2', 'db 1'))),
  vanished: fc.boolean(),
});

const filesOf = (contents: readonly string[]): ManifestFile[] =>
  contents.flatMap((content, i): ManifestFile[] => {
    const path = paths[i] ?? '';
    if (content === 'missing') return [];
    if (content === 'invalid') return [anInvalidFile(path)];
    return [aValidFile(path, aStaticPod(content.startsWith('web') ? 'web' : 'db', content))];
  });

const keyOf = (file: ManifestFile): string | undefined => (file.state === 'valid' ? podKey(file.pod) : undefined);

test('whatever becomes of the files, one after the other', async (t) => {
  await fc.assert(
    fc.property(fc.array(moment, { maxLength: 12 }), (moments) => {
      let remembered: ReadonlyMap<string, LastGood> = new Map();
      for (const { contents, vanished } of moments) {
        const files = filesOf(contents);
        const result = assign(files, standing(aFolder(vanished ? 'vanished' : 'present'), []), remembered);
        const owners = new Map(result.specs.map((spec) => [podKey(spec), spec.source]));

        t.equal(owners.size, result.specs.length, 'no pod is given twice');
        for (const file of files) {
          const key = keyOf(file);
          if (key !== undefined) t.ok(owners.has(key), 'a pod that a valid file names runs, from it or from another');
        }
        for (const [path, { pod }] of remembered) {
          const now = files.find((file) => file.path === path);
          const stays = now === undefined ? vanished : now.state === 'invalid' || keyOf(now) === podKey(pod);
          if (stays) t.equal(owners.get(podKey(pod)), path, 'who had a pod and still stands for it keeps it');
        }
        for (const [key, source] of owners) {
          const file = files.find(({ path }) => path === source);
          const before = remembered.get(source);
          const entitled =
            (file !== undefined && keyOf(file) === key) || (before !== undefined && podKey(before.pod) === key);
          t.ok(entitled, 'no pod comes from a file that never named it');
        }
        t.same(
          assign(files.toReversed(), standing(aFolder(vanished ? 'vanished' : 'present'), []), result.remember)
            .remember,
          result.remember,
        );
        remembered = result.remember;
      }
    }),
    { numRuns: 200 },
  );
});
