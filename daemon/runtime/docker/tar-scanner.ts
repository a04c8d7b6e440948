import { BootletError } from '../../errors.ts';

const BLOCK = 512;
/** Room for the manifest of a thousand images. */
const LARGEST_KEPT = 4 * 1024 * 1024;
const NAME = { at: 0, length: 100 };
const SIZE = { at: 124, length: 12 };
const CHECKSUM = { at: 148, length: 8 };
const TYPE = { at: 156, length: 1 };
const PAX_HEADER = 'x';

type Range = { readonly at: number; readonly length: number };

/**
 * Reads along with a tar archive (POSIX.1-2001, GNU sizes too), keeps the content of a few small files of it and knows
 * whether its end was there: a tar cut at the border of a file looks whole to most readers.
 */
export class TarScanner {
  readonly #wanted: ReadonlySet<string>;
  readonly #kept = new Map<string, Buffer>();
  #header = Buffer.alloc(0);
  /** Bytes of the present file and its padding still to come. */
  #left = 0;
  /** Size of the next file, where a pax header gave it. */
  #paxSize: number | undefined;
  #keeping: { readonly name: string; readonly size: number; readonly pieces: Uint8Array[] } | undefined;
  #zeroBlocks = 0;

  /** @param wanted names of the files to keep, without a leading `./` */
  constructor(wanted: readonly string[]) {
    this.#wanted = new Set(wanted);
  }

  /** Two blocks of zeros end an archive; what follows is padding. */
  get isComplete(): boolean {
    return this.#zeroBlocks >= 2;
  }

  /** Content of a wanted file, once it has been read. */
  content(name: string): Buffer | undefined {
    return this.#kept.get(name);
  }

  /** @throws BootletError E_IMAGE_ARCHIVE when it is no tar archive */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.isComplete) {
      if (this.#left > 0) {
        const piece = chunk.subarray(at, at + this.#left);
        this.#keeping?.pieces.push(piece);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#left === 0) this.#endFile();
      } else {
        const piece = chunk.subarray(at, at + BLOCK - this.#header.length);
        this.#header = Buffer.concat([this.#header, piece]);
        at += piece.length;
        if (this.#header.length === BLOCK) this.#readHeader();
      }
    }
  }

  #readHeader(): void {
    const header = this.#header;
    this.#header = Buffer.alloc(0);
    if (header.every((byte) => byte === 0)) {
      this.#zeroBlocks++;
      return;
    }
    this.#zeroBlocks = 0;
    if (checksumOf(header) !== numberAt(header, CHECKSUM))
      throw new BootletError('E_IMAGE_ARCHIVE', 'it is no tar archive, or damaged');
    const type = textAt(header, TYPE);
    const size = this.#paxSize ?? numberAt(header, SIZE);
    this.#paxSize = undefined;
    this.#left = Math.ceil(size / BLOCK) * BLOCK;
    const name = type === PAX_HEADER ? PAX_HEADER : textAt(header, NAME).replace(/^\.\//, '');
    if (type !== PAX_HEADER && !this.#wanted.has(name)) return;
    if (size > LARGEST_KEPT) throw new BootletError('E_IMAGE_ARCHIVE', `its ${name} is larger than 4 MiB`);
    this.#keeping = { name, size, pieces: [] };
    if (this.#left === 0) this.#endFile();
  }

  #endFile(): void {
    if (this.#keeping === undefined) return;
    const { name, size, pieces } = this.#keeping;
    this.#keeping = undefined;
    const content = Buffer.concat(pieces).subarray(0, size);
    if (name !== PAX_HEADER) this.#kept.set(name, content);
    else this.#paxSize = paxSizeIn(content.toString('utf8'));
  }
}

const textAt = (header: Buffer, { at, length }: Range): string => {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
};

/** Octal digits, or, with the highest bit set (GNU), a big-endian number. */
const numberAt = (header: Buffer, range: Range): number => {
  const field = header.subarray(range.at, range.at + range.length);
  const [first = 0, ...rest] = field;
  if ((first & 0x80) !== 0) return rest.reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
  return Number.parseInt(textAt(header, range).trim() || '0', 8);
};

/** The sum of the header's bytes, those of the sum itself taken as blanks. */
const checksumOf = (header: Buffer): number =>
  header.reduce((sum, byte, at) => sum + (at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.length ? 0x20 : byte), 0);

/** Records are `LENGTH KEY=VALUE\n`. */
const paxSizeIn = (records: string): number | undefined => {
  const size = /(?:^|\n)\d+ size=(\d+)\n/.exec(records)?.[1];
  return size === undefined ? undefined : Number(size);
};
