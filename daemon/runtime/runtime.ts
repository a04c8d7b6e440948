import type { Writable } from 'node:stream';

/**
 * The container-runtime port, shaped after the CRI so that containerd can be a second implementation. Two departures:
 * creating and starting a sandbox are two calls, so that a container can be created while its sandbox starts (a CRI
 * runtime does both in the first and nothing in the second); and a stop is a signal, so that no call lasts as long as
 * a grace period.
 */
export interface ContainerRuntime {
  /** @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_VERSION */
  version(): Promise<RuntimeVersion>;
  cgroups(): Promise<RuntimeCgroups>;
  canMountRecursivelyReadOnly(): Promise<boolean>;
  /** The folder that holds images and what containers write: kubernetes' imagefs. */
  dataRoot(): Promise<string>;

  /**
   * Idempotent by name: a sandbox or container of the same name and of this instance is returned as it is.
   * @throws BootletError E_RUNTIME_CONFLICT when the name belongs to someone else
   */
  createSandbox(config: SandboxConfig): Promise<string>;
  /** As above. Calls `onWarning` with what this host leaves out of what was asked for. */
  createContainer(config: ContainerConfig, onWarning?: (message: string) => void): Promise<string>;
  /** Starting what runs already is no error. */
  start(id: string): Promise<void>;
  /** Sends a signal by name (`SIGTERM`); a container that has ended or is gone is no error. */
  signal(id: string, signal: string): Promise<void>;
  /** Removes a container that has ended (or never started), with its writable layer; gone already is no error. */
  remove(id: string): Promise<void>;
  inspect(id: string): Promise<ObservedContainer | undefined>;
  /** All sandboxes and containers of this instance, whatever their state; one that cannot be read is `unknown`. */
  list(): Promise<readonly ObservedContainer[]>;
  /** What changed of the containers of this instance, from the moment the promise resolves until the stream ends or `signal` aborts. A stream may end at any time and loses what happens afterwards: relist after each new one. */
  events(signal: AbortSignal): Promise<AsyncIterable<ContainerChange>>;

  /**
   * Runs a command in a running container, for as long as it takes when `timeoutMs` is not given. Output beyond 10 KiB is dropped.
   * @throws BootletError E_TIMEOUT when `timeoutMs` is over: the command is killed, with all that it began; E_RUNTIME_REFUSED
   * when it could not be started
   */
  exec(id: string, command: readonly string[], timeoutMs?: number): Promise<ExecResult>;
  /** Starts a command in a running container with its streams open. */
  openExec(id: string, options: ExecSessionOptions): Promise<ExecSession>;
  logs(id: string, options: LogOptions): Promise<AsyncIterable<LogChunk>>;

  /** undefined when the image is not on this host. */
  image(reference: string): Promise<ImageInfo | undefined>;
  /** All images of the host, whoever brought them. */
  images(): Promise<readonly ListedImage[]>;
  /** Takes a name away, or an image without one; with its last name goes the image. What is gone, or what a container needs, is left as it is. */
  removeImage(reference: string): Promise<void>;
  /** Calls `onProgress` with each step ahead, also those that download nothing (an extraction). */
  pull(
    reference: string,
    auth: RegistryAuth | undefined,
    onProgress: (progress: PullProgress) => void,
    signal: AbortSignal,
  ): Promise<ImageInfo>;
  /**
   * Loads an image archive (`docker save` form, plain or compressed as the runtime takes it). Resolves with the names it held.
   * @throws BootletError E_IMAGE_ARCHIVE when the archive is at fault, so that loading it again is in vain; whatever
   * `signal` was aborted with
   */
  loadImages(archive: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<readonly string[]>;
}

/** How the runtime handles control groups; `none`: not at all. */
export interface RuntimeCgroups {
  readonly driver: 'cgroupfs' | 'systemd' | 'none';
  readonly version: 1 | 2;
}

export interface ContainerChange {
  readonly id: string;
  /** Whether it was started; else anything. */
  readonly isStart: boolean;
}

export interface RuntimeVersion {
  /** `docker` */
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
}

/** What identifies the pod that a sandbox or container belongs to. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Whether what is mounted below it is read-only as well; absent: no. */
  readonly recursiveReadOnly?: boolean;
  readonly propagation: 'private' | 'rslave' | 'rshared';
}

export interface PortMapping {
  readonly hostIP: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

export interface SecurityConfig {
  readonly privileged?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  /** false sets no_new_privs */
  readonly allowPrivilegeEscalation?: boolean;
  readonly addCapabilities?: readonly string[];
  readonly dropCapabilities?: readonly string[];
  /** `UID`, `UID:GID` or `:GID`-less; absent: the image's user */
  readonly user?: string;
  readonly supplementalGroups?: readonly string[];
  /** `profile`: the text of a profile, as JSON. */
  readonly seccomp?: 'unconfined' | 'runtime-default' | { readonly profile: string };
  /** Name of a profile, or `unconfined`; absent: the runtime's default. */
  readonly appArmor?: string;
  readonly seLinux?: SELinuxLabel;
  /** Paths that are hidden, or cannot be written; absent: the runtime's own list. */
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
}

export interface SELinuxLabel {
  readonly user?: string;
  readonly role?: string;
  readonly type?: string;
  readonly level?: string;
}

export interface Resources {
  readonly cpuShares?: number;
  /** µs of CPU time in each period of 100 ms */
  readonly cpuQuota?: number;
  readonly memoryBytes?: number;
  readonly oomScoreAdj?: number;
}

export interface SandboxConfig {
  readonly pod: PodRef;
  readonly attempt: number;
  readonly image: string;
  readonly hostname: string;
  readonly network: 'host' | 'pod';
  /** The interface of the host that a pod in the pod network is on; absent: the runtime's own choice. */
  readonly bridge?: string;
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  readonly ports: readonly PortMapping[];
  /** e.g. the sysctls of the pod; empty for none */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** The control group to be put in, as the runtime's driver names it; absent: the runtime's own. */
  readonly cgroupParent?: string;
  readonly security: SecurityConfig;
  readonly resources: Resources;
}

export interface ContainerConfig {
  readonly pod: PodRef;
  readonly sandboxId: string;
  readonly container: string;
  readonly attempt: number;
  /** Image id or name, present on this host. */
  readonly image: string;
  /** Absent: the image's entrypoint, and with it its command unless `args` are given. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly mounts: readonly Mount[];
  /** Whose processes it sees: only its own, all of its pod, or all of the host. */
  readonly pid: 'own' | 'pod' | 'host';
  readonly hostNetwork: boolean;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Closed when the first who attaches leaves. */
  readonly stdinOnce: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** The control group to be put in, as the runtime's driver names it; absent: the runtime's own. */
  readonly cgroupParent?: string;
  readonly security: SecurityConfig;
  readonly resources: Resources;
  /** Bytes and number of files at which the log is rotated. */
  readonly log: { readonly maxSizeBytes: number; readonly maxFiles: number };
}

/** A sandbox or container as the runtime knows it. Times are ms since the epoch; 0 where it has not happened. */
export interface ObservedContainer {
  readonly id: string;
  readonly kind: 'sandbox' | 'container';
  readonly pod: PodRef;
  /** The container's name in the pod; empty for a sandbox. */
  readonly container: string;
  readonly attempt: number;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  readonly pid: number;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Why it could not be started, or, being `unknown`, not be read; in the runtime's words. */
  readonly error: string;
  readonly image: string;
  readonly imageId: string;
  /** The signal that asks it to end: the image's STOPSIGNAL, or SIGTERM. */
  readonly stopSignal: string;
  /** Addresses of a sandbox that has a network of its own. */
  readonly ips: readonly string[];
  /** Empty until the first start. */
  readonly logPath: string;
  /** Folder with what it wrote over its image; empty where the runtime does not tell. */
  readonly writableLayer: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly output: string;
}

export interface ExecSessionOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** A command that runs with its streams open. */
export interface ExecSession {
  /** Its standard input; ending it is the end of the input. */
  readonly input: Writable;
  /** Ends with the command. A terminal has only stdout. */
  readonly output: AsyncIterable<LogChunk>;
  resize(size: TerminalSize): Promise<void>;
  /** Once the output has ended. */
  exitCode(): Promise<number>;
  /** Kills the command and what it began. @throws BootletError E_TIMEOUT when that cannot be */
  close(): Promise<void>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface LogOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  /** ms since the epoch */
  readonly since?: number;
  readonly timestamps?: boolean;
  readonly signal?: AbortSignal;
}

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

export interface ImageInfo {
  /** `sha256:…` */
  readonly id: string;
  readonly names: readonly string[];
  readonly digests: readonly string[];
  readonly user: string;
  readonly sizeBytes: number;
  readonly env: readonly string[];
  readonly workingDir: string;
}

export type ListedImage = Pick<ImageInfo, 'id' | 'names' | 'digests' | 'sizeBytes'>;

export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly serverAddress: string;
}

export interface PullProgress {
  readonly downloadedBytes: number;
  readonly totalBytes: number;
  readonly message: string;
}
