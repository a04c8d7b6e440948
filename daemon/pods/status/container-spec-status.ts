import { formatQuantity, parseQuantity } from '../../kubernetes/quantity.ts';
import type { Container, ContainerStatus } from '../v1.ts';

type Quantities = Readonly<Record<string, string>>;

/** What a container was made with (kubelet_pods.go convertContainerStatusResources). Nothing resizes it, so that it is what the manifest says. */
export const containerResourcesStatus = ({ resources = {} }: Container): ResourcesStatus =>
  resourcesStatus(canonical(resources.requests), canonical(resources.limits));

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
