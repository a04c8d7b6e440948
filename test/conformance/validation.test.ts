import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'tap';
import { readManifest } from '../../daemon/pods/manifest/read.ts';

interface Verdict {
  strict: 'accept' | 'reject';
  errors?: string[];
}

const corpus = resolve(
  process.env['BOOTLET_CONFORMANCE'] ?? resolve(import.meta.dirname, '../../../shared/conformance'),
  'validation',
);
const absent = !existsSync(corpus);
const skip = absent && process.env['CI'] !== 'true' ? `no conformance corpus in ${corpus}` : false;

const readVerdicts = (): Record<string, Verdict> => JSON.parse(readFileSync(resolve(corpus, 'verdicts.json'), 'utf8'));

/** `005-env-name-empty.yaml` is of the family `env`. */
const familyOf = (file: string) => file.split('-')[1] ?? '';

/** Why bootlet's answer for a file is not the one that Kubernetes v1.36.3 gave; undefined if it is. */
const disagreement = (file: string, { strict, errors = [] }: Verdict): string | undefined => {
  const result = readManifest(readFileSync(resolve(corpus, file)), { nodeName: 'node1' });
  const said = result.ok ? 'accepted' : result.errors.map((issue) => `${issue.field}: ${issue.message}`).join('; ');
  if (result.ok !== (strict === 'accept')) return `${file} should be ${strict}ed: ${said}`;
  if (result.ok || errors.length === 0) return undefined;
  const fields = new Set(errors.map((error) => error.slice(0, error.lastIndexOf(': '))));
  return result.errors.some((issue) => fields.has(issue.field))
    ? undefined
    : `${file} faults ${[...fields].join(', ')}: ${said}`;
};

test('every static pod manifest gets the verdict and the field path that Kubernetes gives it', { skip }, async (t) => {
  const byFamily = Map.groupBy(Object.entries(readVerdicts()), ([file]) => familyOf(file));
  for (const [family, cases] of byFamily)
    t.same(
      cases.flatMap(([file, verdict]) => disagreement(file, verdict) ?? []),
      [],
      family,
    );
});
