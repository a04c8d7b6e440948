import { BootletError } from '../../errors.ts';
import type { Container, Pod, ResourceFieldSelector } from '../v1.ts';
import { amountIn } from './quantities.ts';

/** What of the downward API is known only on the host. */
export interface DownwardFacts {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  /** What pods may use of this host at most, the limit of who has none, by resource name; cpu in thousandths. */
  readonly allocatable: ReadonlyMap<string, bigint>;
}

/** `metadata.labels['x']` and `metadata.annotations['x']` */
const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/s;

/**
 * The text of a pod's field (kubelet_pods.go podFieldSelectorRuntimeValue, pkg/fieldpath).
 * @throws BootletError E_CONTAINER_CONFIG when the field is not one of the downward API
 */
export const fieldValue = (
  pod: Pod,
  path: string,
  { podIPs, hostIPs }: Pick<DownwardFacts, 'podIPs' | 'hostIPs'>,
): string => {
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
    case 'metadata.labels':
      return mapText(pod.metadata.labels ?? {});
    case 'metadata.annotations':
      return mapText(pod.metadata.annotations ?? {});
    // The older name of the field (pkg/apis/core/pods ConvertDownwardAPIFieldLabel).
    case 'spec.host':
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
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

/** One line for each key, sorted: `key="value"`, quoted as Go quotes. */
const mapText = (map: Readonly<Record<string, string>>): string =>
  Object.keys(map)
    .toSorted()
    .map((key) => `${key}="${goQuoted(map[key] ?? '')}"`)
    .join('\n');

const GO_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** What Go's strconv.Quote puts between the quotes: all but what can be printed is escaped. */
const goQuoted = (text: string): string =>
  text.replace(/["\\]|(?! )[\p{C}\p{Z}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    const hex = (width: number): string => code.toString(16).padStart(width, '0');
    return GO_ESCAPES[char] ?? (code < 0x80 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
  });

/**
 * What a container asks for or is limited to, in units of the divisor and rounded up (pkg/api/v1/resource
 * ExtractContainerResourceValue). A limit that is not set is the pod's, and else all that the host can give.
 * @throws BootletError E_CONTAINER_CONFIG when there is no such container
 */
export const resourceValue = (
  pod: Pod,
  container: Container | undefined,
  selector: ResourceFieldSelector,
  { allocatable }: Pick<DownwardFacts, 'allocatable'>,
): string => {
  const name = selector.containerName;
  const main = name ? pod.spec.containers?.find((c) => c.name === name) : container;
  const chosen = main ?? pod.spec.initContainers?.find((c) => c.name === name);
  if (chosen === undefined)
    throw new BootletError('E_CONTAINER_CONFIG', `container ${name} not found`, { retryable: false });
  const at = selector.resource.indexOf('.');
  const kind = selector.resource.slice(0, at) === 'limits' ? 'limits' : 'requests';
  const resource = selector.resource.slice(at + 1);
  const own = amountIn(resource, chosen.resources?.[kind]?.[resource]);
  // The kubelet leaves other containers' limits alone where those are init containers.
  const hasDefault = kind === 'limits' && main !== undefined;
  const amount = own || (hasDefault ? defaultLimit(pod, resource, allocatable) : 0n);
  const unit = amountIn(resource, selector.divisor) || amountIn(resource, '1');
  return String((amount + unit - 1n) / unit);
};

const defaultLimit = (pod: Pod, resource: string, allocatable: DownwardFacts['allocatable']): bigint => {
  const ofPod = resource === 'cpu' || resource === 'memory' ? pod.spec.resources?.limits?.[resource] : undefined;
  return amountIn(resource, ofPod) || (allocatable.get(resource) ?? 0n);
};
