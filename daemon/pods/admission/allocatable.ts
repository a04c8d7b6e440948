import { milliOf, parseQuantity, type Quantity, unitsOf } from '../manifest/quantity.ts';

type Amounts = ReadonlyMap<string, bigint>;
type Quantities = Readonly<Record<string, string>>;

export interface Reservations {
  readonly maxPods: number;
  readonly reserved: { readonly system: Quantities; readonly kube: Quantities };
  /** Thresholds by signal: a quantity, or a share such as `10%`. */
  readonly evictionHard: Quantities;
}

/** The signals that keep something of a resource back (pkg/kubelet/cm hardEvictionReservation). */
const signals: Readonly<Record<string, string>> = {
  memory: 'memory.available',
  'ephemeral-storage': 'nodefs.available',
};

/**
 * What pods may ask for of a node: its capacity less what is reserved, and of the memory less what huge pages hold
 * (pkg/kubelet/nodestatus/setters.go MachineInfo). Units as of `AdmittingNode.allocatable`.
 */
export const allocatableOf = (capacity: Amounts, { maxPods, reserved, evictionHard }: Reservations): Amounts => {
  const huge = [...capacity].reduce((sum, [name, amount]) => sum + (name.startsWith('hugepages-') ? amount : 0n), 0n);
  const left = [...capacity].map(([name, amount]) => {
    const kept =
      reservedOf(name, reserved.system) +
      reservedOf(name, reserved.kube) +
      thresholdOf(evictionHard[signals[name] ?? ''], amount) +
      (name === 'memory' ? huge : 0n);
    return [name, kept > amount ? 0n : amount - kept] as const;
  });
  return new Map([...left, ['pods', BigInt(maxPods)]]);
};

const amountOf = (name: string, quantity: Quantity): bigint => (name === 'cpu' ? milliOf(quantity) : unitsOf(quantity));

const reservedOf = (name: string, list: Quantities): bigint => {
  const quantity = parseQuantity(list[name] ?? '0');
  return quantity === undefined ? 0n : amountOf(name, quantity);
};

const thresholdOf = (threshold: string | undefined, capacity: bigint): bigint => {
  if (threshold === undefined) return 0n;
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(threshold) ?? [];
  if (percent !== undefined) return BigInt(Math.floor((Number(capacity) * Number(percent)) / 100));
  const quantity = parseQuantity(threshold);
  return quantity === undefined ? 0n : unitsOf(quantity);
};
