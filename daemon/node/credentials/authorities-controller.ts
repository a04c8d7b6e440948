import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import { authoritiesType, joinStateType } from '../resources.ts';
import type { KnownCluster } from './known-cluster.ts';

/** A rotation of authorities goes on for days: each step waits for every node. Half of it is drawn at random. */
const LOOK_MS = 2 * 60 * 60_000;
/** A host that just joined has better to do. */
const FIRST_LOOK_MS = 60_000;

export interface AuthoritiesOptions {
  readonly nodeName: string;
  readonly known: Pick<KnownCluster, 'refresh'>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Follows the cluster's authorities once the host has joined, so that it knows the new ones before the old ones go. */
export const authoritiesController = ({ nodeName, known, clock, random }: AuthoritiesOptions): Controller => {
  let dueAt: number | undefined;
  return {
    name: 'authorities',
    inputs: [input(joinStateType, () => [nodeName])],
    outputs: [authoritiesType],
    async reconcile(_, { store, put }): Promise<Outcome> {
      if (store.get(joinStateType, nodeName)?.state !== 'joined') return done;
      const now = clock.now();
      dueAt ??= now + FIRST_LOOK_MS;
      if (now < dueAt) return { kind: 'requeue', at: dueAt };
      const changes = store.get(authoritiesType, nodeName)?.changes ?? 0;
      if (await hasChanged(known)) put(authoritiesType, nodeName, { changes: changes + 1 });
      dueAt = now + (LOOK_MS / 2) * (1 + random());
      return { kind: 'requeue', at: dueAt };
    },
  };
};

/** A cluster that tells nobody of itself changes its authorities where an administrator gives them. */
const hasChanged = async (known: AuthoritiesOptions['known']): Promise<boolean> => {
  try {
    return await known.refresh();
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_CLUSTER_INFO') return false;
    throw error;
  }
};
