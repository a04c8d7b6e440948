/** What bootlet may report, by stable code: `bootlet explain CODE` prints from this table and nothing else defines a code. */
export const errorTable = {
  E_USAGE: 'The command line was not understood.',
  E_CONFIG_INVALID: 'The configuration is not valid; the message names the file, line and column.',
  E_CONFIG_UNSUPPORTED: 'The configuration asks for something that this version does not carry out yet.',
  E_FILE_UNTRUSTED: 'A file that makes root act can be changed by someone other than root.',
  E_FILE_UNREADABLE: 'A file could not be read.',
  E_FILE_UNWRITABLE: 'A file could not be written.',
  E_MANIFEST_SYNTAX: 'A manifest is neither YAML nor JSON, or its encoding is broken.',
  E_MANIFEST_TOO_LARGE: 'A manifest is larger than 10 MiB, or nested too deep.',
  E_MANIFEST_KIND: 'A manifest is no v1 Pod.',
  E_MANIFEST_EXTRA_DOCUMENT: 'A warning: only the first YAML document of a file is read.',
  E_MANIFEST_REFERENCE: 'A manifest names an object of an apiserver, which a static pod cannot use.',
  E_MANIFEST_INVALID: 'A manifest is readable, but the Pod in it is not valid.',
  E_HTTP_SOURCE: 'A source of pods (pods.http) does not answer, or not with 200.',
  E_MANIFEST_FOLDER_CONTESTED: 'A kubelet reads the same manifest folder; bootlet starts nothing beside it.',
  E_FIELD_UNKNOWN: 'There is no such field.',
  E_FIELD_TYPE: 'The value of a field has the wrong type.',
  E_FIELD_REQUIRED: 'A field must be given.',
  E_FIELD_INVALID: 'The value of a field is not allowed.',
  E_FIELD_FORBIDDEN: 'A field may not be set here.',
  E_FIELD_DUPLICATE: 'The same key or name is given twice.',
  E_FIELD_NOT_FOUND: 'A field names something that is not there, a volume for one.',
  E_STATE_LOCKED: 'Another bootlet runs on the same state folder.',
  E_STATE_BROKEN: 'A file of the state folder cannot be understood.',
  E_RUNTIME_UNAVAILABLE: 'The container runtime does not answer on its socket.',
  E_RUNTIME_VERSION: 'The container runtime is too old for bootlet.',
  E_RUNTIME_REFUSED: 'The container runtime refused a call.',
  E_RUNTIME_CONFLICT: 'A container of someone else has the name that bootlet needs.',
  E_IMAGE_PULL: 'An image could not be pulled.',
  E_IMAGE_NAME: 'The name of an image is not valid.',
  E_IMAGE_GC: 'The disk that holds the images is full, and removing unused images did not help.',
  E_IMAGE_ARCHIVE: 'An image archive is broken or was cut short; nothing of it counts as loaded.',
  E_VOLUME: 'A volume of a pod cannot be prepared on this host.',
  E_CGROUP: 'A control group of a pod cannot be made or removed on this host.',
  E_CONTAINER_CONFIG: 'A container cannot be created as its manifest asks.',
  E_PROBE_TARGET: 'A probe or hook names a port that its container does not have.',
  E_CONTAINER_SECURITY: 'This host cannot confine a container as its manifest asks.',
  E_HOST_COMMAND: 'A program of the host, ip or iptables for one, failed.',
  E_NETWORK_REFUSED: 'The network cannot be made on this host as it is configured; nothing was touched.',
  E_NETWORK_UNSETTLED: 'A setting of the host did not stay as it was set.',
  E_INTERRUPTS: 'What was asked for would interrupt something that runs.',
  E_DOCKER_ROLLED_BACK:
    'Docker did not come back, or not as it should, with what bootlet had changed; it has its old daemon.json again.',
  E_APISERVER_UNAVAILABLE: 'No server of the cluster answers.',
  E_APISERVER_REFUSED: 'The apiserver refused a request.',
  E_APISERVER_ANSWER: 'What answers at the address of the cluster cannot be understood: no apiserver, most likely.',
  E_NODE_TAKEN: 'The Node of this name is that of another machine.',
  E_CERTIFICATE: 'A client certificate or its key cannot be used.',
  E_TLS_UNTRUSTED: "A server is not the cluster's: its certificate does not come from the authority that it must.",
  E_TOKEN_MALFORMED: 'The token file holds no bootstrap token.',
  E_TOKEN_UNKNOWN: 'The cluster does not know the bootstrap token, or not any more.',
  E_TOKEN_EXPIRED: 'The cluster knew the bootstrap token, and does not any more.',
  E_TOKEN_USAGE: 'The bootstrap token may not be used for what it is needed for.',
  E_CLUSTER_INFO: 'The cluster does not tell of itself as a node needs it before it can trust it.',
  E_CLUSTER_UNTRUSTED: 'What a server tells of the cluster is not proved; it may be somebody else who answers.',
  E_CLOCK_SKEW: "The clocks of this host and of the cluster's server are more than five minutes apart.",
  E_CA_INVALID: 'What is given as the authority of the cluster cannot be used.',
  E_CA_PRIVATE_KEY: 'What is to hold only certificates holds a private key.',
  E_KUBECONFIG: 'A kubeconfig cannot be understood, or asks for what bootlet does not do.',
  E_DAEMON_UNREACHABLE: 'The daemon does not answer on its socket.',
  E_PERMISSION: 'The socket or file may not be used by this user.',
  E_NOT_FOUND: 'There is no such object.',
  E_TIMEOUT: 'Something did not happen within its time.',
  E_INTERNAL: 'A defect in bootlet.',
} as const;

export type ErrorCode = keyof typeof errorTable;

export const isErrorCode = (code: string | undefined): code is ErrorCode =>
  code !== undefined && Object.hasOwn(errorTable, code);

export interface ErrorDetails {
  /** What the reader can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** False when only a change by a person can help, so that trying again is a waste. Default true. */
  readonly retryable?: boolean;
  /** ms since the epoch; it is not to be tried again before, because whoever refused it asked for that. */
  readonly retryAt?: number;
}

/** The one error class: what happened (message), its stable code, and what to do (hint). */
export class BootletError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly retryAt: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BootletError';
    this.code = code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? true;
    this.retryAt = details.retryAt;
  }
}

/** The text of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** The system error code (`ENOENT`, …) of anything that was thrown, or undefined. */
export const systemCodeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
