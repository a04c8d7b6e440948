import { milliOf, parseQuantity, unitsOf } from '../manifest/quantity.ts';
import { aggregate, isNative, isPodLevelResource } from '../manifest/resource-list.ts';
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

/**
 * What a pod asks for (k8s.io/component-helpers, resource.PodRequests): its containers together, requests of the pod
 * itself in their place, and its overhead on top. Extended resources, which no static pod is given, are left out.
 */
export const requestsOf = ({ spec }: Pod): ReadonlyMap<string, bigint> => {
  const requests = new Map<string, bigint>();
  const amountOf = (name: string, text: string): bigint => {
    const quantity = parseQuantity(text);
    return quantity === undefined ? 0n : name === 'cpu' ? milliOf(quantity) : unitsOf(quantity);
  };
  for (const [name, quantity] of aggregate(spec, 'requests'))
    requests.set(name, name === 'cpu' ? milliOf(quantity) : unitsOf(quantity));
  for (const [name, text] of Object.entries(spec.resources?.requests ?? {}))
    if (isPodLevelResource(name)) requests.set(name, amountOf(name, text));
  for (const [name, text] of Object.entries(spec.overhead ?? {}))
    requests.set(name, (requests.get(name) ?? 0n) + amountOf(name, text));
  return new Map([...requests].filter(([name]) => isNative(name)));
};

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
