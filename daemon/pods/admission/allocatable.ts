import { amountIn, thresholdIn } from '../create/quantities.ts';

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

/** What a node has: the host's capacity, and how many pods it takes. */
export const nodeCapacity = (host: Amounts, maxPods: number): Amounts => new Map([...host, ['pods', BigInt(maxPods)]]);

/**
 * What pods may ask for of a node: its capacity less what is reserved, and of the memory less what huge pages hold
 * (pkg/kubelet/nodestatus/setters.go MachineInfo). Units as of `AdmittingNode.allocatable`.
 */
export const allocatableOf = (capacity: Amounts, { maxPods, reserved, evictionHard }: Reservations): Amounts => {
  const huge = [...capacity].reduce((sum, [name, amount]) => sum + (name.startsWith('hugepages-') ? amount : 0n), 0n);
  const left = [...capacity].map(([name, amount]) => {
    const kept =
      amountIn(name, reserved.system[name]) +
      amountIn(name, reserved.kube[name]) +
      thresholdOf(evictionHard[signals[name] ?? ''], amount) +
      (name === 'memory' ? huge : 0n);
    return [name, kept > amount ? 0n : amount - kept] as const;
  });
  return new Map([...left, ['pods', BigInt(maxPods)]]);
};

const thresholdOf = (threshold: string | undefined, capacity: bigint): bigint =>
  threshold === undefined ? 0n : BigInt(Math.floor(thresholdIn(threshold, Number(capacity))));
