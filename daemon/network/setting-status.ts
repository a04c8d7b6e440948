import type { Clock } from '../reconcile/clock.ts';
import { type Controller, done, input } from '../reconcile/controller.ts';
import { type Trouble, troubleType } from '../reconcile/engine.ts';
import {
  NETWORK,
  networkSpecType,
  type SettingState,
  type SettingStatus,
  settingStateType,
  settingStatusType,
  settingTroubleId,
} from './resources.ts';

type Told = Omit<SettingStatus, 'since' | 'lastFailure'>;

/** As a sentence of its own about a setting. */
export const troubleText = ({ kind, message }: Pick<Trouble, 'kind' | 'message'>): string =>
  kind === 'waiting' ? `waits for ${message}` : message;

const told = (state: SettingState | undefined, trouble: Trouble | undefined): Told => {
  const repairs = state?.repairs ?? 0;
  if (trouble === undefined) {
    if (state === undefined) return { state: 'changing', message: 'it was not looked at yet', repairs };
    return {
      state: state.state,
      message: [state.message, state.advice].filter((text) => text !== '').join('; '),
      repairs,
    };
  }
  const { kind, code, hint } = trouble;
  return {
    state: kind,
    message: troubleText(trouble),
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    repairs,
  };
};

export interface SettingStatusOptions {
  readonly settings: readonly { readonly name: string }[];
  readonly clock: Clock;
}

/** Joins what the setting controller says of each setting with what the engine says of the setting controller. */
export const settingStatusController = ({ settings, clock }: SettingStatusOptions): Controller => {
  const names = settings.map(({ name }) => name);
  return {
    name: 'network-setting-status',
    inputs: [
      input(networkSpecType, () => names),
      input(settingStateType),
      input(troubleType, ({ id }) => names.filter((name) => id === settingTroubleId(name))),
    ],
    outputs: [settingStatusType],
    async reconcile(name, { store, put, remove }) {
      const state = store.get(settingStateType, name);
      const trouble = store.get(troubleType, settingTroubleId(name));
      if (store.get(networkSpecType, NETWORK) === undefined) {
        remove(settingStatusType, name);
        return done;
      }
      const now = told(state, trouble);
      const before = store.get(settingStatusType, name);
      const at = clock.now();
      const lastFailure =
        trouble?.kind === 'failing' ? { message: now.message, at: trouble.since } : before?.lastFailure;
      put(settingStatusType, name, {
        ...now,
        since: before?.state === now.state ? before.since : at,
        ...(lastFailure === undefined ? {} : { lastFailure }),
      });
      return done;
    },
  };
};
