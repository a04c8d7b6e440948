import { formatQuantity, parseQuantity, type Quantity } from '../../kubernetes/quantity.ts';
import type { Container, ContainerStatus } from '../v1.ts';

type Quantities = Readonly<Record<string, string>>;

/**
 * What a container was made with (kubelet_pods.go convertContainerStatusResources). Nothing resizes it, so that it is what
 * the manifest says; the memory limit of one that runs is written as the kubelet reads it from the runtime.
 */
export const containerResourcesStatus = ({ resources = {} }: Container, isRunning: boolean): ResourcesStatus => {
  const limits = canonical(resources.limits);
  const memory = parseQuantity(limits?.['memory'] ?? '');
  const effective = isRunning && memory !== undefined ? { ...limits, memory: inBinary(memory) } : limits;
  return resourcesStatus(canonical(resources.requests), effective);
};

const inBinary = ({ nano }: Quantity): string => formatQuantity({ nano, format: 'binary' });

type ResourcesStatus = Pick<ContainerStatus, 'resources' | 'allocatedResources'>;

/** Of a container, or of a pod as a whole. */
export const resourcesStatus = (requests: Quantities | undefined, limits: Quantities | undefined): ResourcesStatus => ({
  ...(requests === undefined ? {} : { allocatedResources: requests }),
  resources: { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) },
});

const canonical = (list: Quantities | undefined): Record<string, string> | undefined =>
  list && Object.fromEntries(Object.entries(list).map(([name, text]) => [name, canonicalQuantity(text)]));

const canonicalQuantity = (text: string): string => {
  const quantity = parseQuantity(text);
  return quantity === undefined ? text : formatQuantity(quantity);
};

/** @param isRecursive whether those that may be read-only all the way down are */
export const volumeMountsStatus = (
  { volumeMounts = [] }: Container,
  isRecursive: boolean,
): Pick<ContainerStatus, 'volumeMounts'> =>
  volumeMounts.length === 0
    ? {}
    : {
        volumeMounts: volumeMounts.map(({ name, mountPath, readOnly, recursiveReadOnly }) => ({
          name,
          mountPath,
          ...(readOnly === true
            ? { readOnly, recursiveReadOnly: isDeep(recursiveReadOnly, isRecursive) ? 'Enabled' : 'Disabled' }
            : {}),
        })),
      };

const isDeep = (mode: string | undefined, isRecursive: boolean): boolean =>
  mode === 'Enabled' || (mode === 'IfPossible' && isRecursive);
