import { BootletError } from '../errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../reconcile/controller.ts';
import type { EventInput } from '../reconcile/events.ts';
import type { Reader } from '../reconcile/store.ts';
import { Turns } from '../reconcile/turns.ts';
import { type CarryOutOptions, carryOut } from './carry-out.ts';
import { firstOf } from './first-of.ts';
import { type HostSetting, isLeft, type PlannedChange } from './host-setting.ts';
import { nextLookAt } from './next-look.ts';
import { RepairPace } from './repair-pace.ts';
import {
  acceptedHostPortsType,
  NETWORK,
  type NetworkEvent,
  networkEventType,
  networkMonitorType,
  networkSpecType,
  SETTING_CONTROLLER,
  type SettingState,
  settingStateType,
} from './resources.ts';
import { isSettled, isSettledFor, specFor } from './setting-spec.ts';

export interface SettingControllerOptions extends CarryOutOptions {
  readonly settings: readonly HostSetting[];
  readonly clock: Clock;
  readonly pollSeconds: number;
  readonly nodeName: string;
  readonly events: { report(event: EventInput): unknown };
}

const objectsOf = (changes: readonly PlannedChange[]): string =>
  [...new Set(changes.map(({ change }) => change.object))].join(', ');

const isToBeMade = ({ change }: PlannedChange): boolean => !isLeft(change);

const isOutOfTheOrdinary = ({ change }: PlannedChange): boolean => change.isRoutine !== true;

/** Without repeating any. */
const joined = (texts: readonly string[]): string => [...new Set(texts)].join('; ');

/**
 * Keeps every host setting as the specification has it: a key for each. It looks after each event that may have changed
 * the setting, and now and then; what drifted is repaired at once, and what somebody keeps undoing at a slowing pace.
 *
 * Invariant: none is looked at while one that it comes after is in work. The other way round drift is repaired, of the
 * bridge for one while Docker restarts on it; but what a new specification asks for waits for the work on the one before.
 */
export const settingController = (options: SettingControllerOptions): Controller => {
  const { settings, ledger, clock, pollSeconds, nodeName, events } = options;
  const paces = new Map(settings.map(({ name }) => [name, new RepairPace()]));
  /** The events before each was last found, or made, as it should be. */
  const settledAt = new Map<string, readonly NetworkEvent[]>();
  const adviceTold = new Map<string, readonly string[]>();
  const names = (wanted: (setting: HostSetting) => boolean): readonly string[] =>
    settings.filter(wanted).map(({ name }) => name);
  const report = (type: EventInput['type'], reason: string, message: string): void =>
    void events.report({ type, reason, message, subject: { kind: 'Node', name: nodeName } });

  const turns = new Turns();
  const apartFrom = (name: string, store: Reader): readonly string[] => {
    const setting = settings.find((s) => s.name === name);
    if (setting === undefined) return [];
    const mayBeDrift = isSettled(setting, store);
    return mayBeDrift ? setting.after : [...setting.after, ...names(({ after }) => after.includes(name))];
  };

  /** When it is looked at next although nothing happens. */
  const nextLook = (setting: HostSetting, store: Reader): Outcome => ({
    kind: 'requeue',
    at: nextLookAt(setting, { store, clock, pollSeconds }),
  });

  return {
    name: SETTING_CONTROLLER,
    inputs: [
      input(networkSpecType, () => names(() => true)),
      input(acceptedHostPortsType, () => names(({ needsHostPorts }) => needsHostPorts)),
      input(settingStateType, ({ id }) => names(({ after }) => after.includes(id))),
      input(networkEventType, ({ id }) => names(({ wokenBy }) => wokenBy.some((kind) => kind === id))),
      input(networkMonitorType, ({ id }) => names(({ wokenBy }) => wokenBy.some((kind) => kind === id))),
    ],
    outputs: [settingStateType],
    concurrency: settings.length,
    async reconcile(name, { store, put }) {
      using _ = await turns.take(name, () => apartFrom(name, store));
      const setting = settings.find((s) => s.name === name);
      const pace = paces.get(name);
      if (setting === undefined || pace === undefined || store.get(networkSpecType, NETWORK) === undefined) return done;
      const spec = specFor(setting, store);
      if (spec === undefined) return { kind: 'wait', for: 'the ports of the host that pods need to be known' };
      const blocking = names((other) => setting.after.includes(other.name) && !isSettled(other, store));
      if (blocking.length > 0) return { kind: 'wait', for: `${blocking.join(' and ')} to be as configured` };
      const before = store.get(settingStateType, name);
      const wasSettled = isSettledFor(before, spec);
      const happened = wokenBy(store, setting);
      let repaired = 0;

      const planned = await setting.plan(spec, ledger.of(name));
      const advised = [...new Set(planned.flatMap(({ change }) => change.advice ?? []))];
      const news = advised.filter((text) => !adviceTold.get(name)?.includes(text));
      // Before anything is made: some of it may be of what ends thereby.
      if (news.length > 0) report('Warning', 'NetworkAdvice', firstOf(news, '; '));
      adviceTold.set(name, advised);
      const advice = firstOf(advised, '; ');
      const putState = (state: SettingState['state'], message: string, settledFor = before?.settledFor): void => {
        put(settingStateType, name, { state, message, advice, settledFor, repairs: (before?.repairs ?? 0) + repaired });
      };
      const toBeMade = planned.filter(isToBeMade);
      const objects = objectsOf(toBeMade);
      const isNews = toBeMade.some(isOutOfTheOrdinary);
      const isDrift = wasSettled && isNews;
      if (objects !== '') {
        const author = authorOf(setting, happened, settledAt.get(name));
        const now = clock.now();
        if (isDrift && pace.dueAt(now) > now) {
          const message = `${objects}: put right ${pace.recent(now)} times in the last 10 minutes, and undone again${author}; it is now put right at a slowing pace`;
          if (pace.tells()) report('Warning', 'NetworkSettingFought', message);
          putState('fought', message);
          return { kind: 'requeue', at: pace.dueAt(now) };
        }
        if (isDrift) pace.repaired(now);
        await carryOut(setting, planned, options);
        const left = (await setting.plan(spec, ledger.of(name))).filter(isToBeMade).filter(isOutOfTheOrdinary);
        if (left.length > 0) {
          throw new BootletError('E_NETWORK_UNSETTLED', `${objectsOf(left)}: changed, but not as it should be`, {
            hint: 'bootlet network plan shows the difference',
          });
        }
        repaired = isDrift ? 1 : 0;
        if (isDrift) report('Warning', 'NetworkDriftRepaired', `${objects}${author}`);
        else if (isNews && !setting.needsHostPorts) report('Normal', 'NetworkSettingChanged', objects);
      }
      const held = planned.map(({ change }) => change).filter((change) => change.held !== undefined);
      const settledFor = held.some(({ podsNeed = true }) => podsNeed) ? before?.settledFor : spec;
      settledAt.set(name, happened);
      if (held.length > 0) putState('held', joined(held.flatMap((change) => change.held ?? [])), settledFor);
      else if (before?.state === 'fought' && pace.isFight(clock.now())) putState('fought', before.message, spec);
      else putState('settled', '', spec);
      return nextLook(setting, store);
    },
  };
};

/** The last event of each kind that it is looked at for. */
const wokenBy = (store: Reader, setting: HostSetting): readonly NetworkEvent[] =>
  setting.wokenBy.flatMap((kind) => store.get(networkEventType, kind) ?? []);

/** ` (by NAME)`, where the kernel told it with what happened since. Nothing of a setting that also changes without an event. */
const authorOf = (
  { polled }: HostSetting,
  happened: readonly NetworkEvent[],
  before: readonly NetworkEvent[] = [],
): string => {
  const authors = polled ? [] : happened.filter((event) => !before.includes(event)).flatMap(({ by }) => by ?? []);
  return authors.length === 0 ? '' : ` (by ${authors.join(', ')})`;
};
