/** `expect.json` of a case, as ../../../../shared/conformance/pods/README.md tells it. A key that is missing says nothing. */
export interface Expectation {
  readonly requires?: readonly string[];
  readonly settleSeconds: number;
  readonly setup?: readonly FileAction[];
  readonly steps?: readonly Step[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: ExpectedStatus | null;
  readonly events?: readonly ExpectedEvent[];
  readonly uids?: number;
  readonly files?: ExpectedFiles;
}

/** What is compared at a second of its own. */
export type Facts = Pick<Expectation, 'metadata' | 'spec' | 'status' | 'events' | 'files'>;

/** Something done below the case's own folder. */
export type FileAction =
  | { readonly do: 'write'; readonly path: string; readonly content?: string; readonly mode?: string }
  | { readonly do: 'mkdir'; readonly path: string; readonly mode?: string }
  | { readonly do: 'symlink'; readonly path: string; readonly target: string }
  | { readonly do: 'remove' | 'mount-tmpfs' | 'unmount'; readonly path: string };

export type Step = { readonly after: number } & (
  | FileAction
  | { readonly do: 'delete' }
  | { readonly do: 'replace'; readonly with: string }
  | ({ readonly do: 'check' } & Facts)
);

export interface ExpectedStatus {
  readonly phase?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly qosClass?: unknown;
  readonly podIP?: unknown;
  /** Status by condition type. */
  readonly conditions?: Readonly<Record<string, unknown>>;
  /** Reason by condition type. */
  readonly conditionReasons?: Readonly<Record<string, unknown>>;
  /** By container name. */
  readonly containers?: Readonly<Record<string, ExpectedContainer>>;
  readonly initContainers?: Readonly<Record<string, ExpectedContainer>>;
}

export interface ExpectedState {
  readonly state?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly exitCode?: unknown;
}

export interface ExpectedContainer extends ExpectedState {
  readonly ready?: unknown;
  readonly started?: unknown;
  readonly restartCount?: { readonly min?: number; readonly max?: number };
  readonly lastState?: ExpectedState;
}

export interface ExpectedEvent {
  readonly type: string;
  readonly reason: string;
  readonly fieldPath?: string;
}

export type ExpectedFiles = Readonly<Record<string, ExpectedFile>>;

export type ExpectedFile =
  | { readonly equals: string }
  | { readonly matches: string }
  | { readonly absent: true }
  | { readonly ignore: true };
