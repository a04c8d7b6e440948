import { BootletError } from '../errors.ts';

/** The channels of Kubernetes' remote command protocol (v5.channel.k8s.io). */
export const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

/** The upgrade that begins a stream of frames. */
export const EXEC_UPGRADE = 'bootlet-exec';

export interface Frame {
  readonly channel: number;
  readonly data: Uint8Array;
}

/** A channel and a big-endian length. */
const HEADER = 5;
/** What one read of a stream gives, with room: nobody has more to say in one frame. */
const LONGEST = 1024 * 1024;

export const frameOf = (channel: number, data: Uint8Array): Buffer => {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(channel);
  header.writeUInt32BE(data.length, 1);
  return Buffer.concat([header, data]);
};

/** Takes a byte stream apart. @throws BootletError E_USAGE when a frame is longer than 1 MiB */
export async function* framesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let pending = Buffer.alloc(0);
  for await (const chunk of source) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= HEADER) {
      const length = pending.readUInt32BE(1);
      if (length > LONGEST) throw new BootletError('E_USAGE', `a frame of ${length} bytes`, { retryable: false });
      if (pending.length < HEADER + length) break;
      yield { channel: pending.readUInt8(), data: pending.subarray(HEADER, HEADER + length) };
      pending = pending.subarray(HEADER + length);
    }
  }
}
