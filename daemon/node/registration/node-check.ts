import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { BootletError } from '../../errors.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { readLease } from '../lease/lease.ts';
import { type MachineIdentity, whoseNode } from '../object/whose-node.ts';
import { decodeNode } from './node-watch.ts';
import { nodePath } from './paths.ts';

/** Who has this host's name in the cluster, where that is nobody whom this host would have to give way to. */
export type NameHolder =
  | { readonly state: 'free' }
  /** Nodes may not be read: nothing is known, and nothing refused. */
  | { readonly state: 'unreadable' }
  | { readonly state: 'own'; readonly node: Node }
  /** This host, and another one that seems to have its machine id. */
  | { readonly state: 'clone'; readonly node: Node; readonly message: string };

/**
 * Looks whose the Node of this host's name is, before there is a certificate that would let the host write it. kubeadm's
 * bootstrap tokens may read Nodes, and no leases.
 * @param now ms since the epoch
 * @throws BootletError E_NODE_TAKEN when it is another machine's; as `Apiserver.call`
 */
export const nodeCheck = async (apiserver: Apiserver, identity: MachineIdentity, now: number): Promise<NameHolder> => {
  const { nodeName } = identity;
  const answer = await apiserver.call({ method: 'GET', path: nodePath(nodeName), expect: [403, 404] });
  if (answer.status !== 200) return { state: answer.status === 404 ? 'free' : 'unreadable' };
  const lease = await readLease(apiserver, nodeName, [403]);
  const node = decodeNode(answer.body);
  const owner = whoseNode(node, lease, identity, now);
  if (owner.state === 'other-alive' || owner.state === 'other-expired')
    throw new BootletError('E_NODE_TAKEN', owner.message, { hint: owner.advice, retryable: false });
  return owner.state === 'clone' ? { ...owner, node } : { state: 'own', node };
};
