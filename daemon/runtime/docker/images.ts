import { BootletError, messageOf } from '../../errors.ts';
import { parseImageReference, wholeName } from '../image-reference.ts';
import type { ImageInfo, ListedImage, PullProgress, RegistryAuth } from '../runtime.ts';
import type { DockerEngine } from './engine.ts';
import { fieldsOf, itemsOf, numberIn, objectIn, stringIn, stringsIn, textOf } from './json.ts';
import { jsonLines } from './lines.ts';

/** @param reference a name, or an id `sha256:…`; undefined when the image is not on this host */
export const image = async (engine: DockerEngine, reference: string): Promise<ImageInfo | undefined> => {
  const answer = await engine.call({ method: 'GET', path: `/images/${wholeName(reference)}/json`, expect: [404] });
  return answer.status === 404 ? undefined : imageFrom(answer.body);
};

const imageFrom = (answer: unknown): ImageInfo => {
  const inspect = fieldsOf(answer, 'an image');
  const config = objectIn(inspect, 'Config');
  return {
    id: stringIn(inspect, 'Id'),
    names: stringsIn(inspect, 'RepoTags'),
    digests: stringsIn(inspect, 'RepoDigests'),
    user: textOf(config, 'User') ?? '',
    sizeBytes: numberIn(inspect, 'Size'),
    env: stringsIn(config, 'Env'),
    workingDir: textOf(config, 'WorkingDir') ?? '',
  };
};

/** Docker's stand-in for a name that an image has lost. */
const NONE = /<none>/;

export const images = async (engine: DockerEngine): Promise<readonly ListedImage[]> => {
  const answer = await engine.call({ method: 'GET', path: '/images/json' });
  return itemsOf(answer.body, 'the list of images').map((item) => {
    const entry = fieldsOf(item, 'a listed image');
    const named = (key: string): readonly string[] => stringsIn(entry, key).filter((name) => !NONE.test(name));
    return {
      id: stringIn(entry, 'Id'),
      names: named('RepoTags'),
      digests: named('RepoDigests'),
      sizeBytes: numberIn(entry, 'Size'),
    };
  });
};

/** @throws BootletError E_IMAGE_PULL, E_IMAGE_NAME */
export const pull = async (
  engine: DockerEngine,
  reference: string,
  auth: RegistryAuth | undefined,
  onProgress: (progress: PullProgress) => void,
  signal: AbortSignal,
): Promise<ImageInfo> => {
  const parsed = parseImageReference(reference);
  try {
    const stream = await engine.stream({
      method: 'POST',
      path: '/images/create',
      // Without a tag Docker would pull them all.
      query: { fromImage: `${parsed.domain}/${parsed.path}`, tag: parsed.digest ?? parsed.tag ?? 'latest' },
      headers: auth === undefined ? {} : { 'x-registry-auth': authHeader(auth) },
      signal,
    });
    await followPull(jsonLines(stream), onProgress);
  } catch (error) {
    if (signal.aborted || (error instanceof BootletError && error.code === 'E_RUNTIME_UNAVAILABLE')) throw error;
    throw new BootletError('E_IMAGE_PULL', `cannot pull ${reference}: ${messageOf(error)}`, { cause: error });
  }
  const pulled = await image(engine, reference);
  if (pulled === undefined)
    throw new BootletError('E_IMAGE_PULL', `docker reported ${reference} as pulled, but it is not there`);
  return pulled;
};

/**
 * Adds up the layers' progress and tells of each step of any of them; a line that only repeats the last one is none.
 * Once the stream has begun, an error is a line in it.
 * @throws BootletError E_IMAGE_PULL
 */
export const followPull = async (
  lines: AsyncIterable<unknown>,
  onProgress: (progress: PullProgress) => void,
): Promise<void> => {
  const layers = new Map<string, { readonly current: number; readonly total: number }>();
  const last = new Map<string, string>();
  for await (const value of lines) {
    const line = fieldsOf(value, 'a line of progress');
    const failure = textOf(line['errorDetail'], 'message');
    if (failure !== undefined) throw new BootletError('E_IMAGE_PULL', failure);
    const layer = textOf(line, 'id') ?? '';
    const message = textOf(line, 'status') ?? '';
    const detail = objectIn(line, 'progressDetail');
    // Only what is downloaded is added up, but an extraction, which may take longer, is progress as well.
    const step = `${message} ${numberIn(detail, 'current')}`;
    if (last.get(layer) === step) continue;
    last.set(layer, step);
    if (message === 'Downloading')
      layers.set(layer, { current: numberIn(detail, 'current'), total: numberIn(detail, 'total') });
    const sizes = [...layers.values()];
    onProgress({
      downloadedBytes: sizes.reduce((sum, { current }) => sum + current, 0),
      totalBytes: sizes.reduce((sum, { total }) => sum + total, 0),
      message,
    });
  }
};

/** The credentials as JSON in base64url, with Docker's names. */
const authHeader = (auth: RegistryAuth): string =>
  Buffer.from(
    JSON.stringify({
      username: auth.username,
      password: auth.password,
      identitytoken: auth.identityToken,
      serveraddress: auth.serverAddress,
    }),
  ).toString('base64url');
