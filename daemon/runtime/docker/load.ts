import { BootletError, messageOf } from '../../errors.ts';
import { wholeName } from '../image-reference.ts';
import type { DockerEngine } from './engine.ts';
import { type Bytes, ImageArchive } from './image-archive.ts';
import { fieldsOf, textOf } from './json.ts';
import { jsonLines } from './lines.ts';

/** How `docker load` reports each image: by name, or by id where it has none. */
const LOADED = /^Loaded image(?: ID)?: (?<name>\S+)/gm;

/** Docker with containerd's image store keeps such an image, and calls it loaded (moby daemon/containerd/image_exporter.go). */
const NOT_UNPACKED = /^Error unpacking image .*$/m;

/** Docker's words for a full disk, which is not the archive's fault. */
const NO_SPACE = /no space left/i;

/**
 * Loads an archive of `docker save`; all of it, or it fails.
 * @returns the names of its images, and the ids of those that have none
 * @throws BootletError E_IMAGE_ARCHIVE when the archive is at fault; whatever `signal` was aborted with
 */
export const loadImages = async (
  engine: DockerEngine,
  source: Bytes,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const archive = new ImageArchive(source);
  const loaded = await upload(engine, archive, signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw failureOf(engine, error);
  });
  // `busybox:1` and `docker.io/library/busybox:1` are one.
  const known = new Set(loaded.map(wholeName));
  const missing = archive.names().filter((name) => !known.has(wholeName(name)));
  if (missing.length > 0)
    throw new BootletError('E_IMAGE_ARCHIVE', `docker loaded the archive without ${missing.join(', ')}`);
  if (loaded.length === 0) throw new BootletError('E_IMAGE_ARCHIVE', 'the archive holds no image');
  return loaded;
};

const upload = async (
  engine: DockerEngine,
  archive: ImageArchive,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> => {
  const stream = await engine.stream({
    method: 'POST',
    path: '/images/load',
    query: { quiet: true },
    headers: { 'content-type': 'application/x-tar' },
    body: archive.bytes(),
    ...(signal === undefined ? {} : { signal }),
  });
  let said = '';
  for await (const value of jsonLines(stream)) {
    const line = fieldsOf(value, 'a line of the load');
    // A load that fails has answered 200 by then.
    const failure = textOf(line['errorDetail'], 'message');
    if (failure !== undefined)
      throw new BootletError('E_RUNTIME_REFUSED', `docker cannot load the archive: ${failure}`);
    said += textOf(line, 'stream') ?? '';
  }
  return namesLoaded(said);
};

/**
 * The names, or ids, of the images that a finished load tells of.
 * @throws BootletError E_RUNTIME_REFUSED where one of them cannot be used
 */
export const namesLoaded = (said: string): readonly string[] => {
  const failure = NOT_UNPACKED.exec(said)?.[0];
  if (failure !== undefined) throw new BootletError('E_RUNTIME_REFUSED', `docker cannot load the archive: ${failure}`);
  return [...said.matchAll(LOADED)].flatMap((match) => match.groups?.['name'] ?? []);
};

/** A Docker that went away, hangs or has no room can load the archive another time; all else is the archive's fault. */
const failureOf = (engine: DockerEngine, error: unknown): BootletError => {
  const message = `the archive cannot be loaded: ${messageOf(error)}`;
  if (!(error instanceof BootletError)) {
    return new BootletError(engine.isCut(error) ? 'E_RUNTIME_UNAVAILABLE' : 'E_IMAGE_ARCHIVE', message, {
      cause: error,
    });
  }
  if (error.code !== 'E_RUNTIME_REFUSED' || NO_SPACE.test(error.message)) return error;
  return new BootletError('E_IMAGE_ARCHIVE', message, { cause: error });
};
