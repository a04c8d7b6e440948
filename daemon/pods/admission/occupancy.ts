import { podAmounts } from '../create/pod-resources.ts';
import { isNative } from '../manifest/resource-list.ts';
import type { Container, Pod } from '../v1.ts';

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** What the pods that were admitted take of the node. */
export interface Occupancy {
  readonly pods: number;
  /** In the units of the node's allocatable. */
  readonly requested: ReadonlyMap<string, bigint>;
  readonly ports: readonly HostPort[];
}

export const unoccupied: Occupancy = { pods: 0, requested: new Map(), ports: [] };

export const occupy = ({ pods, requested, ports }: Occupancy, pod: Pod): Occupancy => {
  const sum = new Map(requested);
  for (const [name, amount] of requestsOf(pod)) sum.set(name, (sum.get(name) ?? 0n) + amount);
  return { pods: pods + 1, requested: sum, ports: [...ports, ...hostPortsOf(pod)] };
};

/** What a pod asks for of the node. Extended resources, which no static pod is given, are left out. */
export const requestsOf = (pod: Pod): ReadonlyMap<string, bigint> =>
  new Map([...podAmounts(pod, 'requests')].filter(([name]) => isNative(name)));

/** Ports of the host that a pod holds all its life: its main containers' and its sidecars'. */
export const hostPortsOf = ({ spec }: Pod): readonly HostPort[] =>
  [...(spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always'), ...spec.containers].flatMap(
    ({ ports = [] }: Container) =>
      ports.flatMap(({ hostIP, protocol, hostPort = 0 }) =>
        hostPort > 0 ? [{ ip: hostIP || anyAddress, protocol: protocol || 'TCP', port: hostPort }] : [],
      ),
  );

const anyAddress = '0.0.0.0';

/** Two may have the same port on different addresses (kube-scheduler, HostPortInfo.CheckConflict). */
export const collides = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === anyAddress || b.ip === anyAddress);
