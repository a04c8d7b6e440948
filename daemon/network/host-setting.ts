import type { Original, Originals } from '../host/ledger.ts';
import type { NetworkEventKind, NetworkSpec } from './resources.ts';

/** One difference between the host as it is and as it shall be, as data: what `bootlet plan` shows, and one step to carry out. */
export interface Change {
  /** What it is about, as an administrator would call it: `link cbr0`, `ipv4 nat POSTROUTING`, `/etc/docker/daemon.json`. */
  readonly object: string;
  /** As it is, in the words of the tool that shows it; a line or several. Undefined: it is not there. */
  readonly before: string | undefined;
  /** As it shall be. Undefined: gone. */
  readonly after: string | undefined;
  /**
   * `enter`: written down before the change is made, with what was there, and with what parts of it were, each under a name
   * of its own; of what is entered already the first original stays. `strike`: forgotten once the change is made, which takes bootlet's own back.
   */
  readonly ledger:
    | { readonly do: 'enter'; readonly original: Original; readonly parts?: Originals }
    | { readonly do: 'strike' }
    | { readonly do: 'nothing' };
  /** The ledger's name for it, where that is not `object`. */
  readonly entry?: string;
  /** Why bootlet may not make it now, and what would let it: it is shown and not made. */
  readonly held?: string;
  /** False: while it is held, pods need not wait for it. */
  readonly podsNeed?: boolean;
  /** What a person should do about it, which bootlet never does, and pods need not wait for: it is told and not made. */
  readonly advice?: string;
  /** It comes with every day's work, a container's start for one: nobody undid anything, and it is not worth a word. */
  readonly isRoutine?: boolean;
  /** What else there is to change is seen only once it is made: a reset then looks again. */
  readonly showsMore?: boolean;
  /** What is interrupted by making it: `docker.service, which ends 3 containers`. */
  readonly restarts?: string;
}

/** Whether it is shown and not made. */
export const isLeft = ({ held, advice }: Change): boolean => held !== undefined || advice !== undefined;

const isSame = (a: Change, b: Change): boolean =>
  a.object === b.object && a.entry === b.entry && a.before === b.before && a.after === b.after;

/** What a change is computed from. */
export interface DiffInput<Observed> {
  /** Undefined: bootlet's part is to go, and the host to be as the ledger has it. */
  readonly spec: NetworkSpec | undefined;
  readonly observed: Observed;
  readonly originals: Originals;
}

interface SettingTraits {
  readonly name: string;
  /** Settings that must be settled before this one is touched, as far as the host has them. */
  readonly after: readonly string[];
  /** Events after which it is looked at. */
  readonly wokenBy: readonly NetworkEventKind[];
  /** Whether some of it changes without an event, so that it is looked at every `network.pollSeconds`. Asked after each look. */
  readonly polled: boolean;
  /**
   * The setting that puts this one in force, by a restart of Docker for one: in a reset too this one is taken back before
   * that one. `entries`: only what the ledger has under these names, and the rest in its turn.
   */
  readonly goesBefore?: { readonly setting: string; readonly entries?: readonly string[] };
}

/** One thing of the host that bootlet keeps as it should be; a file each. */
export interface SettingDefinition<Observed, C extends Change> extends SettingTraits {
  /** False: pods need not wait until it is settled. */
  readonly podsNeed?: boolean;
  /** Whether it is made for `spec.hostPorts` too: while they are not known it is left as it is. */
  readonly needsHostPorts?: boolean;
  /**
   * Reads the host and changes nothing.
   * @throws BootletError E_NETWORK_REFUSED, not retryable, where the host or the configuration does not allow it: then
   * nothing at all is touched
   */
  observe(spec: NetworkSpec | undefined, originals: Originals): Promise<Observed>;
  /** Pure. In the order in which the changes must be made. */
  diff(input: DiffInput<Observed>): readonly C[];
  /**
   * Makes one change: safe to repeat, and to be cut by SIGKILL anywhere. One that throws leaves the host as it was, or with
   * a part of what was to be made that does no harm alone.
   */
  apply(change: C): Promise<void>;
}

export interface PlannedChange {
  readonly change: Change;
  apply(): Promise<void>;
  /** Looks again, and changes nothing: whether the host differs by just this change, as it did when it was planned. @throws as `observe` */
  isUnmade(): Promise<boolean>;
}

/** A setting whose own types nobody else needs to know. */
export interface HostSetting extends SettingTraits {
  /** Whether pods wait until it is settled. */
  readonly podsNeed: boolean;
  readonly needsHostPorts: boolean;
  /** Observes and compares; changes nothing. @throws as `observe` */
  plan(spec: NetworkSpec | undefined, originals: Originals): Promise<readonly PlannedChange[]>;
}

export const hostSetting = <Observed, C extends Change>(definition: SettingDefinition<Observed, C>): HostSetting => {
  const { name, after, wokenBy, goesBefore, podsNeed = true, needsHostPorts = false } = definition;
  return {
    name,
    after,
    wokenBy,
    podsNeed,
    needsHostPorts,
    ...(goesBefore === undefined ? {} : { goesBefore }),
    get polled() {
      return definition.polled;
    },
    plan: async (spec, originals) => {
      if (needsHostPorts && spec !== undefined && spec.hostPorts === undefined) return [];
      const look = async () =>
        definition.diff({ spec, observed: await definition.observe(spec, originals), originals });
      const changes = await look();
      return changes.map((change) => ({
        change,
        apply: () => definition.apply(change),
        isUnmade: async () => (await look()).some((other) => isSame(change, other)),
      }));
    },
  };
};
