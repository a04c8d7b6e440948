import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input } from '../../reconcile/controller.ts';
import { podNetworkType } from '../../shared-resources.ts';
import type { PodEvents } from '../record/pod-events.ts';
import { containerType, podAdmissionType, podSpecType, sandboxRenewalType } from '../resources.ts';
import { nextRenewal } from './next-renewal.ts';

export interface RenewalOptions {
  readonly nodeName: string;
  readonly clock: Clock;
  readonly events: PodEvents;
}

/** Gives leave to make a sandbox anew whose network is no longer the pods', to one pod of the node after another. */
export const renewalController = ({ nodeName, clock, events }: RenewalOptions): Controller => {
  const key = (): readonly string[] => [nodeName];
  return {
    name: 'sandbox-renewal',
    inputs: [
      input(podNetworkType, key),
      input(podSpecType, key),
      input(podAdmissionType, key),
      input(containerType, ({ value }) => (value.kind === 'sandbox' ? key() : [])),
    ],
    outputs: [sandboxRenewalType],
    async reconcile(_, { store, put }) {
      const { renewal, begun } = nextRenewal({
        before: store.get(sandboxRenewalType, nodeName),
        network: store.get(podNetworkType, nodeName),
        pods: store
          .list(podSpecType)
          .flatMap(({ id, value }) => (store.get(podAdmissionType, id)?.state === 'admitted' ? [value] : [])),
        containers: store.list(containerType).flatMap(({ value }) => (value.kind === 'sandbox' ? [value] : [])),
        now: clock.now(),
      });
      put(sandboxRenewalType, nodeName, renewal);
      if (begun !== undefined) {
        const message = `Pod sandbox changed, it will be killed and re-created: ${begun.why}`;
        events.pod(begun.pod, 'Normal', 'SandboxChanged', message);
      }
      return renewal.current === undefined ? done : { kind: 'requeue', at: renewal.current.until };
    },
  };
};
