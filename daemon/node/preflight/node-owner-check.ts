import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { EventRing } from '../../reconcile/events.ts';
import type { ClusterAccess } from '../apiserver/access.ts';
import { connectTo } from '../apiserver/connect.ts';
import type { MachineIdentity } from '../object/whose-node.ts';
import { nodeCheck } from '../registration/node-check.ts';
import { failed, hostCheck, type PreflightCheck, passed, warning } from './check.ts';

/** Whether the cluster has no Node of this host's name that is another machine's. */
export const nodeOwnerCheck = async (
  access: ClusterAccess,
  identity: MachineIdentity,
  clock: Clock,
): Promise<PreflightCheck> => {
  const name = 'NodeOwner';
  const events = new EventRing(clock);
  try {
    await using apiserver = connectTo(access, clock);
    await nodeCheck({ identity, clock, events })(apiserver);
    const [clone] = events.list();
    if (clone !== undefined) return hostCheck(name, warning(clone.message, 'bootlet explain E_NODE_TAKEN'));
    return hostCheck(name, passed(`no other machine is Node ${identity.nodeName}`));
  } catch (error) {
    if (!(error instanceof BootletError)) throw error;
    const { code, message, hint = `bootlet explain ${code}` } = error;
    const verdict = code === 'E_NODE_TAKEN' ? failed : warning;
    return hostCheck(name, verdict(`${message} (${code})`, hint));
  }
};
