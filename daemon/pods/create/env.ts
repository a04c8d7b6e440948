import type { Container, EnvVar, Pod } from '../v1.ts';
import { type DownwardFacts, fieldValue, resourceValue } from './downward.ts';

/** What variables take from files of the pod's volumes; absent: the file has no such key, and need not. */
export type FileKeys = ReadonlyMap<EnvVar, string>;

/**
 * `$(NAME)` becomes the variable's value where it is known, `$$` becomes `$`, and anything else stays as it is
 * (k8s.io/kubernetes/third_party/forked/golang/expansion).
 */
export const expand = (text: string, known: Pick<ReadonlyMap<string, string>, 'has' | 'get'>): string =>
  text.replace(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string | undefined) =>
    what === '$' ? '$' : name !== undefined && known.has(name) ? (known.get(name) ?? whole) : whole,
  );

/**
 * The variables of a container in order; one sees those before it, and of two with one name the later counts
 * (kubelet_pods.go makeEnvironmentVariables).
 * @throws BootletError E_CONTAINER_CONFIG
 */
export const environmentOf = (
  pod: Pod,
  container: Container,
  facts: DownwardFacts,
  fileKeys: FileKeys,
): ReadonlyMap<string, string> => {
  const known = new Map<string, string>();
  for (const variable of container.env ?? []) {
    const value = valueOfVariable(pod, container, variable, facts, fileKeys, known);
    if (value !== undefined) known.set(variable.name, value);
  }
  return known;
};

/** Undefined: the variable is left out. */
const valueOfVariable = (
  pod: Pod,
  container: Container,
  variable: EnvVar,
  facts: DownwardFacts,
  fileKeys: FileKeys,
  known: ReadonlyMap<string, string>,
): string | undefined => {
  const { fieldRef, resourceFieldRef, fileKeyRef } = variable.valueFrom ?? {};
  if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath, facts);
  if (resourceFieldRef !== undefined) return resourceValue(pod, container, resourceFieldRef, facts);
  if (fileKeyRef !== undefined) return fileKeys.get(variable);
  return expand(variable.value ?? '', known);
};
