import { dnsLabel, dnsSubdomain } from '../../kubernetes/formats.ts';
import { Field } from './field.ts';
import type { Issues } from './issues.ts';
import type { Draft } from './schema/types.ts';
import { suggest } from './suggest.ts';

/** What bootlet gives a meaning beside Kubernetes' own fields. */
export const ownAnnotation = {
  /** Pods of which only one or this one runs. */
  conflictsWith: 'bootlet.io/conflicts-with',
  /** Pods that are Ready before this one starts. */
  after: 'bootlet.io/after',
  keepEmptyDirs: 'bootlet.io/keep-empty-dirs',
} as const;

const domain = 'bootlet.io/';

/** The pods that `after` and `conflicts-with` name: `[NAMESPACE/]NAME`, with commas between them. */
export const podNamesIn = (annotation: string | undefined): readonly string[] =>
  annotation === undefined || annotation.trim() === '' ? [] : annotation.split(',').map((name) => name.trim());

/** The emptyDirs that `keep-empty-dirs` names: `true` for all of them, `false` for none, or names with commas between them. */
export const keptVolumesIn = (annotation: string | undefined): readonly string[] | 'all' => {
  if (annotation === 'true') return 'all';
  return annotation === 'false' ? [] : podNamesIn(annotation);
};

/** As strict as with fields: a misspelt name would order nothing. */
export const checkOwnAnnotations = ({ metadata, spec }: Draft<'Pod'>, issues: Issues): void => {
  const at = Field.root.child('metadata', 'annotations');
  const known: readonly string[] = Object.values(ownAnnotation);
  for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
    if (!key.startsWith(domain)) continue;
    if (!known.includes(key))
      issues.add('E_FIELD_UNKNOWN', at.key(key), `there is no such annotation`, suggest(key, known));
    if (key === ownAnnotation.after || key === ownAnnotation.conflictsWith)
      for (const name of podNamesIn(value)) issues.form(at.key(key), name, podName);
    if (key === ownAnnotation.keepEmptyDirs) {
      const kept = keptVolumesIn(value);
      const emptyDirs = (spec?.volumes ?? []).flatMap((v) => (v.emptyDir === undefined ? [] : [v.name ?? '']));
      for (const name of kept === 'all' ? [] : kept)
        if (!emptyDirs.includes(name))
          issues.add(
            'E_FIELD_NOT_FOUND',
            at.key(key),
            `names ${name}, which is no emptyDir of the pod`,
            suggest(name, emptyDirs),
          );
    }
  }
};

const podName = (text: string): string | undefined => {
  const [name = '', namespace, ...more] = text.split('/').reverse();
  if (more.length > 0) return 'must be a name, or a namespace, / and a name';
  return (namespace === undefined ? undefined : dnsLabel(namespace)) ?? dnsSubdomain(name);
};
