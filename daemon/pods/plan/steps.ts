/** What to do next for one pod, as data: the planner makes them, `worker/execute.ts` carries them out. Each is safe to repeat. */
export type PodStep =
  | { readonly do: 'create-sandbox'; readonly attempt: number }
  | { readonly do: 'start-sandbox'; readonly id: string }
  /** Asks the image controller for the image of one start of a container. */
  | { readonly do: 'request-image'; readonly container: string; readonly attempt: number }
  | {
      readonly do: 'create-container';
      readonly container: string;
      readonly attempt: number;
      readonly sandboxId: string;
      readonly imageId: string;
      /** The restart delay that counts once this container has ended; see restart.ts. */
      readonly backoffSeconds: number;
    }
  | { readonly do: 'start-container'; readonly container: string; readonly id: string; readonly sandboxId: string }
  /** Sends the stop signal and notes when patience ends. */
  | {
      readonly do: 'stop';
      readonly id: string;
      readonly graceSeconds: number;
      readonly reason: StopReason;
      readonly message: string;
    }
  | { readonly do: 'kill'; readonly id: string }
  | { readonly do: 'remove'; readonly id: string };

export type StopReason =
  | 'deleted'
  | 'replaced'
  | 'stopped'
  | 'sandbox-lost'
  | 'restart-requested'
  | 'liveness'
  | 'startup'
  | 'finished';

/** A stop under way: asked for, and when SIGKILL follows (ms since the epoch). Kept in the ledger, since a daemon that was killed must not start the grace period anew. */
export interface Stop {
  readonly reason: StopReason;
  readonly killAt: number;
  readonly killed: boolean;
}
