import { isDeepStrictEqual } from 'node:util';
import type { DockerProcess } from '../../host/docker-process.ts';
import type { DockerService } from '../../host/docker-service.ts';
import type { Json } from '../../host/json-value.ts';
import type { Originals } from '../../host/ledger.ts';
import type { BridgeNetwork } from '../../runtime/docker/bridge-network.ts';
import type { EngineState } from '../../runtime/docker/engine-state.ts';
import { OWN_NETWORK } from '../../runtime/docker/own-network.ts';
import type { Change } from '../host-setting.ts';
import type { DaemonJson } from './daemon-json.ts';
import type { ExpectedNetwork } from './expected-network.ts';
import type { LoopbackRoute } from './loopback-routes.ts';
import type { Attempt, DockerMemory, WriteNote } from './memory.ts';
import { shownKeys } from './shown-keys.ts';
import { keyEntry, type Target } from './target.ts';

/** One step, as data. */
export type DockerStep =
  /** Undefined stands for no file. `basis`: what it must hold still; `note`: what is remembered before the first. */
  | {
      readonly do: 'write';
      readonly basis: string | undefined;
      readonly text: string | undefined;
      readonly keepFolder: boolean;
      readonly note: WriteNote | undefined;
    }
  /** Tells dockerd to read again what is in its file by now. */
  | { readonly do: 'reload'; readonly attempt: Attempt }
  /**
   * `expect`: its own network as it must be afterwards, if it matters; `isLast`: no further one follows for the same
   * purpose; `mayRemember`: other addresses on the network are looked after then; `isForNone`: it makes Docker's network
   * anew, for which no container may run.
   */
  | {
      readonly do: 'restart';
      readonly expect: ExpectedNetwork | undefined;
      readonly isLast: boolean;
      readonly attempt: Attempt;
      readonly mayRemember: boolean;
      readonly isForNone: boolean;
    }
  /** Puts back what was good before a restart that has failed, and starts dockerd with it. */
  | { readonly do: 'roll-back' }
  /** Takes down that the restart is over: one that somebody ends later is not bootlet's to finish. */
  | { readonly do: 'end-restart' }
  /** What was tried in vain is asked for no more: should it be once more, it is tried again. */
  | { readonly do: 'forget-failure' }
  /** Gives the bridge its own addresses again, where dockerd has put back those of `remembered` subnets, which alone go. */
  | { readonly do: 'put-addresses'; readonly expect: ExpectedNetwork; readonly remembered: readonly string[] }
  /**
   * Makes the network of bootlet's on the bridge, with containers of others that were on the one before; where Docker
   * refuses it, that one again.
   */
  | { readonly do: 'make-network'; readonly expect: ExpectedNetwork }
  /** `isReplaced`: another one takes its place. */
  | { readonly do: 'remove-network'; readonly network: BridgeNetwork; readonly isReplaced: boolean }
  /** Puts containers of others on the network that has taken the place of theirs. */
  | { readonly do: 'rejoin' }
  /** Where there is no such sysctl any more, nothing. */
  | { readonly do: 'write-sysctl'; readonly path: string; readonly value: string }
  /** Removes what a cut has left of a write of a file that is as it was before bootlet. */
  | { readonly do: 'tidy'; readonly keepFolder: boolean }
  /** Nothing on the host: it is held, or only the ledger changes. */
  | { readonly do: 'nothing' };

export type DockerChange = Change & { readonly step: DockerStep };

/** All that the steps follow from. */
export interface PlanInput {
  /** Of daemon.json. */
  readonly path: string;
  readonly target: Target;
  /** The bridge that it is told by a flag. */
  readonly bridgeFlag: string | undefined;
  /** Docker's network that pods are on. Undefined: none, and bootlet's part is to go. */
  readonly expect: ExpectedNetwork | undefined;
  /** Whether the ledger has a network that bootlet made by Docker's API. */
  readonly isEntered: boolean;
  /** What dockerd has changed beside its networks, or will once it has no proxies. */
  readonly loopback: readonly LoopbackRoute[];
  /** As it was before bootlet. */
  readonly original: { readonly text: string | null; readonly hadFolder: boolean };
  readonly file: DaemonJson;
  /** Undefined: it does not answer. */
  readonly engine: EngineState | undefined;
  /** Undefined: it does not run, or is not to be found. */
  readonly process: DockerProcess | undefined;
  /** What it has read; undefined: not known. */
  readonly loaded: Readonly<Record<string, Json>> | undefined;
  readonly memory: DockerMemory;
  /** What it has to be started anew for besides, in words. */
  readonly restartFor: readonly string[];
  /** Why nobody may restart it, as text. */
  readonly service: DockerService | string;
}

const DOCKERD = 'dockerd';

export const ofDockerd = (before: string, after: string, step: DockerStep): DockerChange => ({
  object: DOCKERD,
  before,
  after,
  ledger: { do: 'nothing' },
  step,
});

/** What was good and read before the first write, so that the way back is known from then on. */
const noteOf = ({ file, process, loaded, memory, expect }: PlanInput): WriteNote => {
  // Without a bridge it runs only on the way to another one, and with one beside bootlet's network it would not start again.
  const isOnItsWay = file.keys['bridge'] === 'none' || (expect?.name === OWN_NETWORK && 'bridge' in file.keys);
  const isGood = loaded !== undefined && isDeepStrictEqual(loaded, file.keys) && !isOnItsWay;
  const good = isGood || memory.good === undefined ? (file.text ?? null) : memory.good;
  const read = process === undefined ? {} : { loaded: { process: process.id, keys: loaded ?? file.keys } };
  return { good, ...read };
};

/** What the ledger shall know of what the file changes: with the proxies goes more than the key. A reset enters no more. */
const partsOf = ({ target: { replaced }, loopback, expect }: PlanInput): Originals =>
  expect !== undefined && Object.hasOwn(replaced, keyEntry('userland-proxy'))
    ? { ...replaced, ...Object.fromEntries(loopback.map(({ path, original }) => [path, original])) }
    : replaced;

/** Writes of the file, each on top of the one before. */
export const fileWriter = (input: PlanInput) => {
  const { path, original, file } = input;
  let note: WriteNote | undefined = noteOf(input);
  let basis = file.text;
  /** No change where the file has that text by then. */
  return (text: string | undefined): readonly DockerChange[] => {
    if (text === basis) return [];
    const shown = shownKeys(path, basis, text);
    const step: DockerStep = { do: 'write', basis, text, keepFolder: original.hadFolder, note };
    basis = text;
    note = undefined;
    return [
      {
        object: path,
        before: shown.before,
        after: text === undefined ? undefined : shown.after,
        ledger: { do: 'enter', original: { ...original }, parts: partsOf(input) },
        step,
      },
    ];
  };
};

export type WriteFile = ReturnType<typeof fileWriter>;
