import type { Config } from '../config/schema.ts';
import { networkSpecType, settingStatusType, unmanagedType } from '../network/resources.ts';
import {
  boundPodType,
  clusterNodeType,
  credentialsType,
  joinStateType,
  leaseStateType,
  registrationType,
  sessionType,
  wantedClusterType,
} from '../node/resources.ts';
import {
  folderOwnerType,
  httpManifestsType,
  imageArchiveType,
  manifestFolderType,
  manifestStatusType,
  nodePressureType,
  podSpecType,
  podStatusType,
  runtimeStateType,
} from '../pods/resources.ts';
import type { Clock } from '../reconcile/clock.ts';
import { type Condition, setCondition } from '../reconcile/conditions.ts';
import { troubleType } from '../reconcile/engine.ts';
import type { ResourceType } from '../reconcile/resource.ts';
import type { Reader } from '../reconcile/store.ts';
import { podNetworkType } from '../shared-resources.ts';
import type { Finding } from './finding.ts';
import { findingsOf, PATIENCE_MS } from './findings.ts';
import { type Status, statusOf } from './status.ts';

/** All that the conditions are made from. */
const told: readonly ResourceType<unknown>[] = [
  runtimeStateType,
  manifestFolderType,
  httpManifestsType,
  folderOwnerType,
  manifestStatusType,
  imageArchiveType,
  nodePressureType,
  podSpecType,
  podStatusType,
  troubleType,
  networkSpecType,
  unmanagedType,
  settingStatusType,
  podNetworkType,
  wantedClusterType,
  joinStateType,
  credentialsType,
  sessionType,
  clusterNodeType,
  registrationType,
  leaseStateType,
  boundPodType,
];

/** Changes come in bursts; one look afterwards is enough, ms. */
const SETTLE_MS = 100;

export interface StatusBoardOptions {
  readonly store: Reader;
  readonly clock: Clock;
  readonly config: Pick<Config, 'nodeName' | 'mode' | 'paths'>;
  readonly version: string;
}

/** Keeps the host's conditions, so that each knows since when it holds although nobody may have asked for it. */
export class StatusBoard {
  readonly #options: StatusBoardOptions;
  readonly #ends: (() => void)[];
  #conditions: readonly Condition[] = [];
  /** Takes back the timer for the next look; undefined while none is set. */
  #cancel: (() => void) | undefined;

  constructor(options: StatusBoardOptions) {
    this.#options = options;
    const soon = (): void => this.#lookIn(SETTLE_MS);
    this.#ends = told.map((type) => options.store.watch(type, soon));
  }

  /** The status as of this moment. */
  current(): Status {
    const { store, clock, config, version } = this.#options;
    const now = clock.now();
    const findings = this.#look(now);
    return statusOf({ store, config, version, findings, conditions: this.#conditions }, now);
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#cancel?.();
  }

  #look(now: number): readonly Finding[] {
    const findings = findingsOf(this.#options.store, now);
    for (const { next, ...condition } of findings) this.#conditions = setCondition(this.#conditions, condition, now);
    // In the order of the findings, and without one that is spoken of only while it does not hold.
    this.#conditions = findings.flatMap(({ type }) => this.#conditions.filter((condition) => condition.type === type));
    return findings;
  }

  #lookIn(delay: number): void {
    if (this.#cancel !== undefined) return;
    const { clock, store } = this.#options;
    this.#cancel = clock.setTimer(clock.now() + delay, () => {
      this.#cancel = undefined;
      const now = clock.now();
      this.#look(now);
      // A failure becomes worth a word by time alone.
      const young = store
        .list(troubleType)
        .some(({ value }) => value.kind === 'failing' && now - value.since < PATIENCE_MS);
      if (young) this.#lookIn(PATIENCE_MS);
    });
  }
}
