const blockSize = 512;

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

const header = (name: string, mode: number, size: number, modified: number): Buffer => {
  const block = Buffer.alloc(blockSize);
  if (name.length > 100 || size >= 8 ** 11) throw new RangeError(`${name} does not fit a plain tar header`);
  block.write(name, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108); // owner: root
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(modified, 12), 136);
  block.write('        ', 148); // the checksum is taken over spaces in its own place
  block.write('0', 156); // a regular file
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)} `, 148);
  return block;
};

export interface TarFile {
  /** Relative path of at most 100 ASCII characters. */
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
  /** Seconds since the epoch; by default 0, so that the same files give the same bytes. */
  readonly modified?: number;
}

/** A POSIX ustar archive of regular files. @throws RangeError for a name that is too long */
export const tar = (files: readonly TarFile[]): Buffer =>
  Buffer.concat([
    ...files.flatMap(({ name, mode, content, modified = 0 }) => [
      header(name, mode, content.length, modified),
      content,
      Buffer.alloc(-content.length & (blockSize - 1)),
    ]),
    Buffer.alloc(2 * blockSize),
  ]);
