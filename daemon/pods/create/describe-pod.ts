import type { Pod } from '../v1.ts';

/** A pod as the kubelet's messages name it: `NAME_NAMESPACE(UID)`. */
export const describePod = ({ metadata }: Pod): string => `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
