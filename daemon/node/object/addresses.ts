import type { NodeAddress } from 'kubernetes-types/core/v1.d.ts';

/** The host's addresses, the main one first, and its name (pkg/kubelet/nodestatus NodeAddress). */
export const nodeAddresses = (hostIPs: readonly string[], nodeName: string): NodeAddress[] => [
  ...hostIPs.map((address) => ({ type: 'InternalIP', address })),
  { type: 'Hostname', address: nodeName },
];
