import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import type { Node } from 'kubernetes-types/core/v1.d.ts';

/** By what a host is told from another one; '' for what it does not know of itself. */
export interface MachineIdentity {
  readonly nodeName: string;
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
}

/** Whose a Node is that has this host's name. */
export type NodeOwner =
  /** There is no such Node. */
  | { readonly state: 'free' }
  /** This host's, or nobody's yet. */
  | { readonly state: 'own' }
  /** This host's by its machine id, which another one seems to have too. A warning: nothing more is certain. */
  | { readonly state: 'clone'; readonly message: string }
  /** Another machine's: this host must not take it. `advice` is what to type or to change. */
  | { readonly state: 'other-alive' | 'other-expired'; readonly message: string; readonly advice: string };

/**
 * Whose the Node of this host's name is, told by its machine id and system UUID, and by its signs of life.
 * @param node undefined: there is none
 * @param lease of kube-node-lease; undefined where there is none, or where it may not be read, as with a bootstrap token:
 * then the Node's condition Ready tells, which the node lifecycle controller makes Unknown once nothing is heard
 */
export const whoseNode = (
  node: Node | undefined,
  lease: Lease | undefined,
  own: MachineIdentity,
  now: number,
): NodeOwner => {
  if (node === undefined) return { state: 'free' };
  const info = node.status?.nodeInfo;
  const machineID = info?.machineID ?? '';
  const systemUUID = info?.systemUUID ?? '';
  // Made by hand, or before anything was known of the machine.
  if (machineID === '' && systemUUID === '') return { state: 'own' };
  const isSameSystem = isSame(machineID, own.machineID);
  const isSameMachine = isSame(systemUUID, own.systemUUID);
  const life = signOfLife(node, lease, now);
  if (isSameSystem ?? isSameMachine ?? false) {
    const isElsewhere = isSame(info?.bootID ?? '', own.bootID) === false;
    if (life === undefined || !isElsewhere) return { state: 'own' };
    return { state: 'clone', message: cloneMessage(own, life) };
  }
  // The same hardware with another system on it: installed anew. Two that are alive at once only share a careless UUID.
  if (isSameMachine && life === undefined) return { state: 'own' };
  const { nodeName } = own;
  const whose = `Node ${nodeName} is that of another machine (machine id ${machineID || 'unknown'}, system UUID ${systemUUID || 'unknown'})`;
  return life === undefined
    ? {
        state: 'other-expired',
        message: `${whose}, of which nothing is heard any more: if it is gone for good, an administrator deletes its Node`,
        advice: `kubectl delete node ${nodeName}`,
      }
    : {
        state: 'other-alive',
        message: `${whose}, which ${life}`,
        advice: 'give this host a name of its own: nodeName in the configuration, or its hostname',
      };
};

/** undefined: one of them is not known. */
const isSame = (a: string, b: string): boolean | undefined =>
  a === '' || b === '' ? undefined : a.toLowerCase() === b.toLowerCase();

/** What tells that somebody runs as this Node; undefined when nothing does. */
const signOfLife = (node: Node, lease: Lease | undefined, now: number): string | undefined => {
  if (lease === undefined) {
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
    return ready === 'Unknown' ? undefined : `the cluster has heard of lately (its condition Ready is ${ready})`;
  }
  const { renewTime, leaseDurationSeconds = 0 } = lease.spec ?? {};
  const seconds = (now - Date.parse(renewTime ?? '')) / 1000;
  return seconds < leaseDurationSeconds ? `renewed its lease ${Math.max(0, Math.round(seconds))} s ago` : undefined;
};

const cloneMessage = ({ nodeName, machineID }: MachineIdentity, life: string): string =>
  `Node ${nodeName} is that of a machine with this host's machine id (${machineID}) and another boot, which ${life}: ` +
  'if this host was not started a moment ago, there is a clone of it, and one of the two needs an id (rm /etc/machine-id; ' +
  'systemd-machine-id-setup) and a hostname of its own';
