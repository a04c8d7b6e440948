import { readHardware } from '../../host/facts/hardware.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import { hostHardwareType, registrationType } from '../resources.ts';

const PERIOD_MS = 60 * 60_000;
/** What a host has to do when it was just registered comes first. */
const SETTLED_MS = 30_000;

/** Looks at the machine once an hour, and first when the host has been registered for a while: nothing waits for it. */
export const hardwareController = ({ clock }: { readonly clock: Clock }): Controller => {
  let nextAt: number | undefined;
  return {
    name: 'hardware',
    inputs: [input(registrationType)],
    outputs: [hostHardwareType],
    async reconcile(nodeName, { store, put }): Promise<Outcome> {
      if (store.get(registrationType, nodeName)?.state !== 'registered') return done;
      const now = clock.now();
      nextAt ??= now + SETTLED_MS;
      if (now < nextAt && nextAt - now <= PERIOD_MS) return { kind: 'requeue', at: nextAt };
      put(hostHardwareType, nodeName, await readHardware());
      nextAt = now + PERIOD_MS;
      return { kind: 'requeue', at: nextAt };
    },
  };
};
