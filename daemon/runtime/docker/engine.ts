import type { Duplex } from 'node:stream';
import { BootletError } from '../../errors.ts';
import { type Answer, type Call, DockerClient, type StreamCall } from './client.ts';
import { type Fields, fieldsOf, stringIn, textOf } from './json.ts';

/** 20.10, the oldest that Debian still ships, speaks 1.41. */
const OLDEST_API = '1.41';
/** The newest whose changes were looked at. A newer engine still speaks it. */
const NEWEST_API = '1.52';

export interface EngineVersion {
  readonly engine: string;
  readonly api: string;
}

/** The Docker Engine API in the version that both sides know. */
export class DockerEngine {
  readonly #client: DockerClient;
  #version: Promise<EngineVersion> | undefined;
  #info: Promise<Fields> | undefined;

  /** @param endpoint `unix:///var/run/docker.sock` */
  constructor(endpoint: string) {
    this.#client = new DockerClient(socketPathOf(endpoint), () => {
      this.#version = undefined;
      this.#info = undefined;
    });
  }

  /** `GET /info`, asked once for each connection, since it counts all containers and images. */
  info(): Promise<Fields> {
    if (this.#info !== undefined) return this.#info;
    const asked = this.call({ method: 'GET', path: '/info' }).then(({ body }) => fieldsOf(body, 'the info'));
    this.#info = asked;
    asked.catch(() => {
      if (this.#info === asked) this.#info = undefined;
    });
    return asked;
  }

  /** Asked once for each connection: behind the next one may be an upgraded engine. @throws BootletError E_RUNTIME_VERSION, E_RUNTIME_UNAVAILABLE */
  version(): Promise<EngineVersion> {
    if (this.#version !== undefined) return this.#version;
    const asked = this.#ask();
    this.#version = asked;
    asked.catch(() => {
      if (this.#version === asked) this.#version = undefined;
    });
    return asked;
  }

  /** Docker's data-root. */
  async dataRoot(): Promise<string> {
    return stringIn(await this.info(), 'DockerRootDir');
  }

  async call(call: Call): Promise<Answer> {
    const path = await unlessAborted(this.#versioned(call.path), call.signal);
    return this.#client.call({ ...call, path });
  }

  async bytes(call: Omit<Call, 'body' | 'signal'>): Promise<Uint8Array | undefined> {
    return this.#client.bytes({ ...call, path: await this.#versioned(call.path) });
  }

  async stream(call: StreamCall): ReturnType<DockerClient['stream']> {
    const path = await unlessAborted(this.#versioned(call.path), call.signal);
    return this.#client.stream({ ...call, path });
  }

  /** A connection of one's own to what a call began, as long as either side keeps it open. */
  async upgrade(call: Pick<Call, 'path' | 'body'>): Promise<Duplex> {
    return this.#client.upgrade({ ...call, path: await this.#versioned(call.path) });
  }

  /** Whether an error met while reading a stream says no more than that the connection is gone. */
  isCut(error: unknown): boolean {
    const meaning = this.#client.translate(error, 'a stream');
    return meaning instanceof BootletError && meaning.code === 'E_RUNTIME_UNAVAILABLE';
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #versioned(path: string): Promise<string> {
    return `/v${(await this.version()).api}${path}`;
  }

  async #ask(): Promise<EngineVersion> {
    const answer = fieldsOf((await this.#client.call({ method: 'GET', path: '/version' })).body, 'the version');
    const engine = stringIn(answer, 'Version');
    return { engine, api: negotiate(stringIn(answer, 'ApiVersion'), textOf(answer, 'MinAPIVersion') ?? OLDEST_API) };
  }
}

/** The negotiation is everyone's and goes on; who has aborted need not wait for its end. */
const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

/**
 * The API version to speak: the newest that both know.
 * @throws BootletError E_RUNTIME_VERSION when there is none
 */
export const negotiate = (engineNewest: string, engineOldest: string): string => {
  if (compare(engineNewest, OLDEST_API) < 0 || compare(engineOldest, NEWEST_API) > 0) {
    throw new BootletError(
      'E_RUNTIME_VERSION',
      `docker speaks API ${engineOldest} to ${engineNewest}, bootlet ${OLDEST_API} to ${NEWEST_API}`,
      { hint: 'Docker 20.10 is the oldest that works.' },
    );
  }
  return compare(engineNewest, NEWEST_API) < 0 ? engineNewest : NEWEST_API;
};

/** Since 1.44 a mount says how deep it is read-only: by itself, all the way down. */
export const hasReadOnlyDepth = ({ api }: EngineVersion): boolean => compare(api, '1.44') >= 0;

/** By number: 1.9 is older than 1.41. */
const compare = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

const socketPathOf = (endpoint: string): string => {
  const path = endpoint.startsWith('unix://') ? endpoint.slice('unix://'.length) : '';
  if (path.startsWith('/')) return path;
  throw new BootletError('E_CONFIG_INVALID', `runtime.docker.endpoint: ${endpoint} is no unix:///PATH`, {
    retryable: false,
  });
};
