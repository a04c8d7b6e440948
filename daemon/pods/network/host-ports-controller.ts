import { type Controller, done, input } from '../../reconcile/controller.ts';
import { hostPortsType } from '../../shared-resources.ts';
import { isRunning, sandboxesOf } from '../plan/observed.ts';
import { containerType, runtimeStateType } from '../resources.ts';
import { hostPortsOf } from './sandbox-network.ts';

/**
 * Tells which host ports there have to be: those of every sandbox that runs, and no others. Before the runtime was
 * listed it tells nothing, so that a daemon that starts takes none away.
 */
export const hostPortsController = ({ nodeName }: { readonly nodeName: string }): Controller => ({
  name: 'host-ports',
  inputs: [
    input(containerType, ({ value }) => (value.kind === 'sandbox' ? [nodeName] : [])),
    input(runtimeStateType, () => [nodeName]),
  ],
  outputs: [hostPortsType],
  async reconcile(_, { store, put }) {
    if (store.list(runtimeStateType)[0]?.value.listed !== true) {
      return { kind: 'wait', for: 'the container runtime to list its containers' };
    }
    const running = store.list(containerType).flatMap(({ value }) => (isRunning(value) ? [value] : []));
    const uids = new Set(running.flatMap(({ kind, pod }) => (kind === 'sandbox' ? [pod.uid] : [])));
    const newest = [...uids].toSorted().flatMap((uid) => sandboxesOf(running, uid).slice(0, 1));
    put(hostPortsType, nodeName, newest.flatMap(hostPortsOf));
    return done;
  },
});
