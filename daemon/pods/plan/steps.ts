import type { HookKind } from '../resources.ts';

/** What to do next for one pod, as data: the planner makes them, `worker/execute.ts` carries them out. Each is safe to repeat. */
export type PodStep =
  | { readonly do: 'create-sandbox'; readonly attempt: number }
  | { readonly do: 'start-sandbox'; readonly id: string }
  /** Asks the image controller for the image of one start of a container, or of a sandbox: ''. */
  | { readonly do: 'request-image'; readonly container: string; readonly attempt: number }
  | {
      readonly do: 'create-container';
      readonly container: string;
      readonly attempt: number;
      readonly sandboxId: string;
      readonly imageId: string;
      /** The restart delay that counts once this container has ended; see restart.ts. */
      readonly backoffSeconds: number;
      /** Which life of the pod it belongs to; see life.ts. */
      readonly life: number;
    }
  | { readonly do: 'start-container'; readonly container: string; readonly id: string; readonly sandboxId: string }
  /** Notes that a container has to end, and until when it may take; sends the stop signal if `signal` says so. */
  | {
      readonly do: 'stop';
      readonly id: string;
      readonly graceSeconds: number;
      readonly reason: StopReason;
      /** Of the event. */
      readonly message: string;
      /** False while something has to come first: its turn, or a hook. A step `signal` follows. */
      readonly signal: boolean;
    }
  /** Sends the stop signal to a container whose stop was noted before; SIGKILL follows at `killAt` (ms since the epoch). */
  | { readonly do: 'signal'; readonly id: string; readonly killAt: number }
  /** Asks the hook controller for a hook of a running container; `since`: ms since the epoch. */
  | { readonly do: 'run-hook'; readonly id: string; readonly kind: HookKind; readonly since: number }
  | { readonly do: 'kill'; readonly id: string }
  | { readonly do: 'remove'; readonly id: string };

interface StopRules {
  /** The end tells nothing about the container: wanted again, it runs again whatever its policy. */
  readonly endsByOrder: boolean;
  /** It concerns the whole pod, so that its sidecars wait for their turn. */
  readonly inSequence: boolean;
}

/** Why a container is ended, and what follows from that. */
export const stopReasons = {
  deleted: { endsByOrder: true, inSequence: true },
  replaced: { endsByOrder: true, inSequence: true },
  stopped: { endsByOrder: true, inSequence: true },
  'network-changed': { endsByOrder: true, inSequence: true },
  changed: { endsByOrder: true, inSequence: false },
  'sandbox-lost': { endsByOrder: false, inSequence: true },
  'restart-all': { endsByOrder: false, inSequence: true },
  finished: { endsByOrder: false, inSequence: true },
  deadline: { endsByOrder: false, inSequence: true },
  'restart-requested': { endsByOrder: false, inSequence: false },
  liveness: { endsByOrder: false, inSequence: false },
  startup: { endsByOrder: false, inSequence: false },
  'post-start': { endsByOrder: false, inSequence: false },
} as const satisfies Record<string, StopRules>;
export type StopReason = keyof typeof stopReasons;

/** A stop under way. Kept in the ledger, since a daemon that was killed must not start the grace period anew. */
export interface Stop {
  readonly reason: StopReason;
  /** The whole of the time it was given. */
  readonly graceSeconds: number;
  /** When SIGKILL follows (ms since the epoch). */
  readonly killAt: number;
  /** Whether the stop signal was sent. */
  readonly signalled: boolean;
  readonly killed: boolean;
}
