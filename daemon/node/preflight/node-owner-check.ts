import type { Config } from '../../config/schema.ts';
import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { connectTo } from '../apiserver/connect.ts';
import type { BootstrapToken } from '../discovery/bootstrap-token.ts';
import { Discoverer } from '../discovery/discoverer.ts';
import { nodeMeters } from '../meters.ts';
import type { MachineIdentity } from '../object/whose-node.ts';
import { type NameHolder, nodeCheck } from '../registration/node-check.ts';
import { failed, hostCheck, type PreflightCheck, passed, warning } from './check.ts';

export interface NodeOwnerCheckOptions {
  /** Its servers are those that were found to be trusted. */
  readonly cluster: Config['cluster'];
  /** What a host has before it joins. */
  readonly token: BootstrapToken;
  readonly identity: MachineIdentity;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

/** Whether the cluster has no Node of this host's name that is another machine's. */
export const nodeOwnerCheck = async (options: NodeOwnerCheckOptions): Promise<PreflightCheck> => {
  const { cluster, token, identity, clock, stopping } = options;
  const name = 'NodeOwner';
  try {
    const found = await new Discoverer({ cluster, clock, stopping }).discover(token);
    if (found.state === 'waiting') return hostCheck(name, warning(found.message, 'bootlet token check'));
    const access = { ...found, identity: { kind: 'token', token: token.token } } as const;
    await using apiserver = connectTo(access, clock, nodeMeters());
    return hostCheck(name, verdictOn(await nodeCheck(apiserver, identity, clock.now()), identity.nodeName));
  } catch (error) {
    if (!(error instanceof BootletError)) throw error;
    const { code, message, hint = `bootlet explain ${code}` } = error;
    const verdict = code === 'E_NODE_TAKEN' ? failed : warning;
    return hostCheck(name, verdict(`${message} (${code})`, hint));
  }
};

const verdictOn = (holder: NameHolder, nodeName: string) => {
  switch (holder.state) {
    case 'free':
    case 'own':
      return passed(`no other machine is Node ${nodeName}`);
    case 'clone':
      return warning(holder.message, 'bootlet explain E_NODE_TAKEN');
    case 'unreadable':
      return warning(
        `whether another machine is Node ${nodeName} is not known: the token may not read Nodes`,
        'kubeadm token create --groups system:bootstrappers:kubeadm:default-node-token makes one that may',
      );
  }
};
