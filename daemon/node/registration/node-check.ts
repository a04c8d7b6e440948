import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { readLease } from '../lease/lease.ts';
import { type MachineIdentity, whoseNode } from '../object/whose-node.ts';
import { decodeNode } from './node-watch.ts';
import { nodePath } from './paths.ts';

export interface NodeCheckOptions {
  readonly identity: MachineIdentity;
  readonly clock: Clock;
  readonly events: EventRing;
}

/**
 * Looks whose the Node of this host's name is, before there is a certificate that would let the host write it. kubeadm's
 * bootstrap tokens may read Nodes, and no leases; where not even that is allowed nothing is known, and nothing refused.
 * @returns the Node; undefined where there is none, or it may not be read
 * @throws BootletError E_NODE_TAKEN when it is another machine's; as `Apiserver.call`
 */
export const nodeCheck =
  ({ identity, clock, events }: NodeCheckOptions) =>
  async (apiserver: Apiserver): Promise<Node | undefined> => {
    const { nodeName } = identity;
    const answer = await apiserver.call({ method: 'GET', path: nodePath(nodeName), expect: [403, 404] });
    if (answer.status !== 200) return undefined;
    const lease = await readLease(apiserver, nodeName, [403]);
    const node = decodeNode(answer.body);
    const owner = whoseNode(node, lease, identity, clock.now());
    if (owner.state === 'clone')
      events.report({
        type: 'Warning',
        reason: 'NodeCloned',
        message: owner.message,
        subject: { kind: 'Node', name: nodeName },
      });
    if (owner.state === 'other-alive' || owner.state === 'other-expired')
      throw new BootletError('E_NODE_TAKEN', owner.message, { hint: owner.advice, retryable: false });
    return node;
  };
