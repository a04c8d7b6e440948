import { BootletError } from '../../errors.ts';
import type { Container, EnvVar, Pod } from '../v1.ts';

/** What is known only on the host. */
export interface DownwardFacts {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
}

/**
 * `$(NAME)` becomes the variable's value where it is known, `$$` becomes `$`, and anything else stays as it is
 * (k8s.io/kubernetes/third_party/forked/golang/expansion).
 */
export const expand = (text: string, known: ReadonlyMap<string, string>): string =>
  text.replace(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string | undefined) =>
    what === '$' ? '$' : name !== undefined && known.has(name) ? (known.get(name) ?? whole) : whole,
  );

/** The variables of a container in order; one sees those before it, and of two with one name the later counts. */
export const environmentOf = (pod: Pod, container: Container, facts: DownwardFacts): ReadonlyMap<string, string> => {
  const known = new Map<string, string>();
  for (const variable of container.env ?? []) known.set(variable.name, variableValue(pod, variable, facts, known));
  return known;
};

const variableValue = (
  pod: Pod,
  variable: EnvVar,
  facts: DownwardFacts,
  known: ReadonlyMap<string, string>,
): string => {
  const path = variable.valueFrom?.fieldRef?.fieldPath;
  return path === undefined ? expand(variable.value ?? '', known) : fieldOf(pod, path, facts);
};

/** `metadata.labels['x']` and `metadata.annotations['x']` */
const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/;

const fieldOf = (pod: Pod, path: string, { podIPs, hostIPs }: DownwardFacts): string => {
  const [, map, key] = SUBSCRIPT.exec(path) ?? [];
  if (map !== undefined && key !== undefined)
    return (map === 'labels' ? pod.metadata.labels : pod.metadata.annotations)?.[key] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    // The older name of the field (pkg/apis/core/pods ConvertDownwardAPIFieldLabel).
    case 'spec.host':
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return '';
    case 'status.podIP':
      return podIPs[0] ?? '';
    case 'status.podIPs':
      return podIPs.join(',');
    case 'status.hostIP':
      return hostIPs[0] ?? '';
    case 'status.hostIPs':
      return hostIPs.join(',');
    default:
      throw new BootletError('E_CONTAINER_CONFIG', `fieldRef ${path} is not known`, { retryable: false });
  }
};
