import { formatQuantity, parseQuantity } from '../../kubernetes/quantity.ts';

/** `cpu` in millicores, `pods` counted, everything else in bytes. */
export type Amounts = ReadonlyMap<string, bigint>;

/** As v1.ResourceList is written: canonical quantities, bytes in binary units (pkg/kubelet/cadvisor CapacityFromMachineInfo). */
export const resourceList = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, quantityOf(name, amount)]));

const quantityOf = (name: string, amount: bigint): string => {
  if (name === 'cpu') return formatQuantity({ nano: amount * 1_000_000n, format: 'decimal' });
  return formatQuantity({ nano: amount * 1_000_000_000n, format: name === 'pods' ? 'decimal' : 'binary' });
};

/** Whether two texts stand for one amount, however they are written. */
export const isSameQuantity = (a: string | undefined, b: string): boolean =>
  a === b || (a !== undefined && parseQuantity(a)?.nano === parseQuantity(b)?.nano);
