import type { PodView } from '../../daemon/pods/plan/observed.ts';
import type { Stop } from '../../daemon/pods/plan/steps.ts';
import type { HookResult, ImageState, PodAdmission, PodSpec, ProbeResult } from '../../daemon/pods/resources.ts';
import type { ObservedContainer } from '../../daemon/runtime/runtime.ts';
import { aPod, aPodNetwork, aSpec, at } from './pod-builders.ts';

export interface ViewOptions {
  readonly wanted?: PodSpec | undefined;
  /** Default: admitted. */
  readonly admission?: PodAdmission | undefined;
  readonly seen?: readonly ObservedContainer[];
  readonly sandboxImage?: string;
  readonly images?: Readonly<Record<string, ImageState>>;
  readonly probes?: Readonly<Record<string, ProbeResult['result']>>;
  /** Keyed `CONTAINER-ID/KIND`. */
  readonly hooks?: Readonly<Record<string, HookResult['state']>>;
  readonly stops?: Readonly<Record<string, Partial<Stop>>>;
  readonly failures?: PodView['failures'];
  readonly removals?: PodView['removals'];
  readonly startedAt?: number;
  readonly restartBefore?: number;
  readonly hold?: string;
  readonly volumes?: PodView['volumes'];
  readonly podNetwork?: PodView['podNetwork'];
  readonly hostPorts?: PodView['hostPorts'];
  readonly renewedSandbox?: string;
  readonly now?: number;
}

/** A view of one pod name. Probe results are keyed `CONTAINER-ID/KIND`. */
export const aView = (options: ViewOptions = {}): PodView => {
  const stops = Object.entries(options.stops ?? {}).map(([id, stop]): [string, Stop] => [
    id,
    { reason: 'deleted', graceSeconds: 30, killAt: at(1000), signalled: true, killed: false, ...stop },
  ]);
  const wanted = 'wanted' in options ? options.wanted : aSpec();
  return {
    wanted,
    admission: 'admission' in options ? options.admission : wanted && { uid: wanted.uid, state: 'admitted' },
    seen: options.seen ?? [],
    volumes: options.volumes ?? {
      pod: 'default/web-n',
      of: wanted?.pod ?? aPod(),
      state: 'ready',
      reason: '',
      message: '',
    },
    podNetwork: 'podNetwork' in options ? options.podNetwork : aPodNetwork(),
    hostPorts: options.hostPorts,
    renewedSandbox: options.renewedSandbox,
    sandboxImage: options.sandboxImage,
    images: new Map(Object.entries(options.images ?? {})),
    probe: (containerId, kind) => {
      const result = options.probes?.[`${containerId}/${kind}`];
      return result === undefined ? undefined : { containerId, kind, result, message: '' };
    },
    hook: (containerId, kind) => {
      const state = options.hooks?.[`${containerId}/${kind}`];
      return state === undefined ? undefined : { containerId, kind, state };
    },
    stops: new Map(stops),
    failures: options.failures ?? new Map(),
    removals: options.removals ?? new Map(),
    startedAt: options.startedAt ?? at(0),
    restartBefore: options.restartBefore ?? 0,
    hold: options.hold,
    now: options.now ?? at(0),
  };
};
