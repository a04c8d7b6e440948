import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import { runtimeStateType } from '../../runtime/resources.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import { nodeImages } from '../object/images.ts';
import { hostImagesType, registrationType } from '../resources.ts';

/** To list many images is work for the runtime, and they change seldom. */
const PERIOD_MS = 60_000;

export interface ImagesOptions {
  readonly nodeName: string;
  readonly runtime: Pick<ContainerRuntime, 'images'>;
  readonly clock: Clock;
}

/** Lists the images of a registered host once a minute, beside everything else: a runtime that hangs delays nothing. */
export const imagesController = ({ nodeName, runtime, clock }: ImagesOptions): Controller => {
  let nextAt = 0;
  return {
    name: 'node-images',
    inputs: [input(registrationType), input(runtimeStateType, () => [nodeName])],
    outputs: [hostImagesType],
    async reconcile(_, { store, put }): Promise<Outcome> {
      const isRegistered = store.get(registrationType, nodeName)?.state === 'registered';
      if (!isRegistered || store.list(runtimeStateType)[0]?.value.ready !== true) return done;
      const now = clock.now();
      // Also after the clock was set back.
      if (now < nextAt && nextAt - now <= PERIOD_MS) return { kind: 'requeue', at: nextAt };
      put(hostImagesType, nodeName, nodeImages(await runtime.images()));
      nextAt = clock.now() + PERIOD_MS;
      return { kind: 'requeue', at: nextAt };
    },
  };
};
