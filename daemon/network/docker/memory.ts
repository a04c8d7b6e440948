import type { Json } from '../../host/json-value.ts';
import { StateFile } from '../../host/state-file.ts';

/** What bootlet must still know of Docker's options after it was cut anywhere; beside the ledger. */
export interface DockerMemory {
  /** The last daemon.json with which dockerd was seen to run, for the way back; null: it ran without one. */
  readonly good?: string | null;
  /** What a dockerd read when it was started or told to read again, by its process. */
  readonly loaded?: { readonly process: string; readonly keys: Readonly<Record<string, Json>> };
  /** A restart was begun, and its end not seen. */
  readonly restarting?: boolean;
  /** What is not tried again. */
  readonly failed?: Failure;
}

export interface Failure {
  readonly text: string | null;
  /** The network that was to come of it. */
  readonly network: string;
  readonly message: string;
  /** The old file is to be put back. */
  readonly rollBack: boolean;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

const isLoaded = (value: unknown): boolean =>
  isMap(value) && typeof value['process'] === 'string' && isMap(value['keys']);

const isFailure = (value: unknown): boolean =>
  isMap(value) &&
  isTextOrNull(value['text']) &&
  typeof value['network'] === 'string' &&
  typeof value['message'] === 'string' &&
  typeof value['rollBack'] === 'boolean';

/** Each part may be missing, and none be of another type: only bootlet writes it. */
const isMemory = (json: unknown): json is DockerMemory => {
  if (!isMap(json)) return false;
  const { good, loaded, restarting, failed } = json;
  return (
    (good === undefined || isTextOrNull(good)) &&
    (loaded === undefined || isLoaded(loaded)) &&
    (restarting === undefined || typeof restarting === 'boolean') &&
    (failed === undefined || isFailure(failed))
  );
};

export const dockerMemory = (path: string): StateFile<DockerMemory> =>
  new StateFile({
    path,
    parse: (json) => (isMemory(json) ? json : undefined),
    withoutIt: 'the last daemon.json that worked is then no longer known',
  });
