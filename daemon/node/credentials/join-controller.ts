import { BootletError, messageOf } from '../../errors.ts';
import { type Controller, input, type Outcome } from '../../reconcile/controller.ts';
import type { ApiserverSession } from '../apiserver/session.ts';
import {
  authoritiesType,
  credentialsType,
  joinStateType,
  rotationRequestType,
  type Session,
  sessionType,
  tokenFileType,
  wantedClusterType,
} from '../resources.ts';
import type { IdentitySource } from './identity-source.ts';

export interface JoinOptions {
  readonly nodeName: string;
  readonly source: IdentitySource;
  readonly session: Pick<ApiserverSession, 'use'>;
}

/** Gives the session the identity of this host, and the next one in time. What it has at last stays in use while that fails. */
export const joinController = ({ nodeName, source, session }: JoinOptions): Controller => ({
  name: 'join',
  inputs: [
    input(wantedClusterType),
    input(sessionType),
    input(authoritiesType),
    input(rotationRequestType),
    input(tokenFileType),
  ],
  outputs: [joinStateType, credentialsType],
  async reconcile(_, { store, put }): Promise<Outcome> {
    const isTaken = verdictOf(store.get(sessionType, nodeName)?.state);
    const unwanted = store.get(rotationRequestType, nodeName)?.fingerprint;
    try {
      const identification = await source.identify({ isTaken, unwanted });
      const { nextLookAt: at } = identification;
      if (identification.state === 'identified') {
        session.use(identification.access);
        put(credentialsType, nodeName, identification.credentials);
        put(joinStateType, nodeName, { state: 'joined' });
        return { kind: 'requeue', at };
      }
      const { state, reason, message, advice } = identification;
      put(joinStateType, nodeName, { state, reason, message, advice });
      return { kind: 'wait', for: message, at };
    } catch (error) {
      const isStuck = error instanceof BootletError && !error.retryable;
      const [reason, advice] = error instanceof BootletError ? [error.code, error.hint ?? ''] : ['E_INTERNAL', ''];
      const joined = store.get(joinStateType, nodeName)?.state === 'joined';
      if (!joined) {
        const state = isStuck ? 'stuck' : 'discovering';
        put(joinStateType, nodeName, { state, reason, message: messageOf(error), advice });
      }
      throw error;
    }
  },
});

const verdictOf = (state: Session['state'] | undefined): boolean | undefined =>
  state === 'answers' || state === 'refused' ? state === 'answers' : undefined;
