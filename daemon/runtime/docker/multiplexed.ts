import type { LogChunk } from '../runtime.ts';

const HEADER = 8;

/**
 * Takes apart the stream of a container without a terminal: frames of a stream number (0 and 1: stdout, 2: stderr),
 * three zero bytes and a big-endian length, then so many bytes. Passes pieces of a frame on as they come, so that no
 * length in a header makes it hold more than the header itself.
 */
export async function* demultiplexed(source: AsyncIterable<Uint8Array>): AsyncGenerator<LogChunk> {
  let header = new Uint8Array(0);
  let left = 0;
  for await (const chunk of source) {
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const piece = chunk.subarray(at, at + HEADER - header.length);
        header = Uint8Array.from([...header, ...piece]);
        at += piece.length;
        if (header.length < HEADER) break;
        left = new DataView(header.buffer).getUint32(4);
        if (left > 0) continue;
      } else {
        const data = chunk.subarray(at, at + left);
        yield { stream: header[0] === 2 ? 'stderr' : 'stdout', data };
        at += data.length;
        left -= data.length;
      }
      if (left === 0) header = new Uint8Array(0);
    }
  }
}
