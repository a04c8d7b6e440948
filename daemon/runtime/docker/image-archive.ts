import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { BootletError, messageOf } from '../../errors.ts';
import { fieldsOf, stringsIn } from './json.ts';
import { TarScanner } from './tar-scanner.ts';

/** Written last by `docker save`: an archive without it loads as nothing, and successfully. */
const MANIFEST = 'manifest.json';

const COMPRESSIONS = [
  { name: 'gzip', magic: [0x1f, 0x8b], reader: createGunzip },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], reader: createZstdDecompress },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], reader: undefined },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], reader: undefined },
] as const;

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** An archive of `docker save` on its way to Docker: decompressed here, because 20.10 reads no zstd, and read along. */
export class ImageArchive {
  readonly #source: Bytes;
  readonly #scanner = new TarScanner([MANIFEST]);

  constructor(source: Bytes) {
    this.#source = source;
  }

  /**
   * The plain tar. An error before its end breaks the upload off, and Docker, which unpacks all of it before it looks
   * at the first image, keeps nothing.
   * @throws BootletError E_IMAGE_ARCHIVE
   */
  async *bytes(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of await decompressed(this.#source)) {
        this.#scanner.push(chunk);
        yield chunk;
      }
    } catch (error) {
      throw new BootletError('E_IMAGE_ARCHIVE', `the archive cannot be read: ${messageOf(error)}`, { cause: error });
    }
    if (!this.#scanner.isComplete) throw new BootletError('E_IMAGE_ARCHIVE', 'the archive ends in the middle');
    if (this.#scanner.content(MANIFEST) === undefined) {
      throw new BootletError('E_IMAGE_ARCHIVE', `the archive holds no ${MANIFEST}: it was not made by docker save`);
    }
  }

  /** The names that its images have; known once all bytes were read. */
  names(): readonly string[] {
    const manifest: unknown = JSON.parse(this.#scanner.content(MANIFEST)?.toString('utf8') ?? '[]');
    if (!Array.isArray(manifest)) throw new BootletError('E_IMAGE_ARCHIVE', `the archive's ${MANIFEST} is no list`);
    return manifest.flatMap((image: unknown) => stringsIn(fieldsOf(image, MANIFEST), 'RepoTags'));
  }
}

const decompressed = async (source: Bytes): Promise<Bytes> => {
  const stream = Readable.from(source, { objectMode: false });
  const start = await firstBytes(stream);
  const compression = COMPRESSIONS.find(({ magic }) => magic.every((byte, i) => start[i] === byte));
  if (compression === undefined) return stream;
  if (compression.reader === undefined) {
    stream.destroy();
    throw new BootletError(
      'E_IMAGE_ARCHIVE',
      `it is compressed with ${compression.name}; plain, gzip and zstd can be read`,
    );
  }
  // The callback has nothing to do: an error on either side reaches whoever reads the result.
  return pipeline(stream, compression.reader(), () => {});
};

/** The first bytes, left in the stream. */
const firstBytes = async (stream: Readable): Promise<Uint8Array> => {
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    stream.unshift(chunk);
    return chunk;
  }
  throw new BootletError('E_IMAGE_ARCHIVE', 'it is empty');
};
