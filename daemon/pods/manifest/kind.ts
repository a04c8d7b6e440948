import type { MapNode, Node } from './decode/tree.ts';
import { Field } from './field.ts';
import type { Issues } from './issues.ts';

/** `/v1` is the version v1 of the group without a name, which is the same. */
const versions = ['v1', '/v1'];

/** Kinds of v1 that hold their content elsewhere. */
const withoutSpec =
  /^(Binding|ComponentStatus|ConfigMap|Endpoints|Event|PodStatusResult|PodTemplate|RangeAllocation|Secret|ServiceAccount|.*List)$/;

/** Whether a file says that it holds a v1 Pod; reports what it says instead. */
export const isPod = (root: Node, errors: Issues): root is MapNode => {
  if (root.kind !== 'map') {
    errors.add(
      'E_MANIFEST_KIND',
      Field.root,
      root.kind === 'null' ? 'there is nothing in it' : `a ${root.kind} is not a Pod`,
    );
    return false;
  }
  expect(root, 'apiVersion', versions, errors);
  expect(root, 'kind', ['Pod'], errors);
  if (errors.count === 0) return true;
  reportForeignFields(root, errors);
  return false;
};

const expect = (root: MapNode, name: string, known: readonly string[], errors: Issues): void => {
  const value = root.entries.get(name)?.value;
  const field = Field.root.child(name);
  if (value?.kind === 'string' && known.includes(value.value)) return;
  if (value?.kind === 'string') {
    const hint = errors.suggest(value.value, known);
    errors.add('E_MANIFEST_KIND', field, `'${value.value}' is not ${known[0]}: a manifest holds one v1 Pod`, hint);
  } else if (value && value.kind !== 'null') {
    errors.wrongType(field, 'a string', value);
  } else {
    errors.required(field, `must be ${known[0]}`);
    reportOtherCase(root, name, errors);
  }
};

const reportOtherCase = (root: MapNode, name: string, errors: Issues): void => {
  for (const [key, { keyAt }] of root.entries)
    if (key !== name && key.toLowerCase() === name.toLowerCase())
      errors.add('E_FIELD_UNKNOWN', Field.root.child(key), `there is no field '${key}' here`, {
        at: keyAt,
        hint: `did you mean '${name}'?`,
      });
};

/** What a pod has and the object that the file says it holds has not. */
const reportForeignFields = (root: MapNode, errors: Issues): void => {
  const textOf = (name: string) => {
    const value = root.entries.get(name)?.value;
    return value?.kind === 'string' ? value.value : '';
  };
  const [version, kind] = [textOf('apiVersion'), textOf('kind')];
  const report = (field: Field, what: string) =>
    errors.add('E_FIELD_UNKNOWN', field, `${what} has no such field`, {
      hint: 'a pod has kind: Pod and apiVersion: v1',
    });
  // Go's own form of the objects, which no file uses: its fields have no names in JSON.
  if (version === '__internal') report(Field.root.child('metadata'), version);
  const metadata = root.entries.get('metadata')?.value;
  if (kind.endsWith('List') && metadata?.kind === 'map' && metadata.entries.has('name'))
    report(Field.root.child('metadata', 'name'), kind);
  const spec = root.entries.get('spec')?.value;
  if (kind === 'Pod' || kind === '' || !spec) return;
  if (withoutSpec.test(kind)) report(Field.root.child('spec'), kind);
  else if (spec.kind === 'map' && spec.entries.has('containers')) report(Field.root.child('spec', 'containers'), kind);
};
