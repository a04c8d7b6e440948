import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import type { WatchEvent } from './apiserver.ts';
import { jsonOf } from './json.ts';

/** An object has at most 3 MiB in the apiserver, and some more as JSON. */
const LONGEST_LINE = 16 * 1024 * 1024;

const TYPES: readonly WatchEvent['type'][] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'];

/**
 * The events of a watch's answer: one JSON object on each line.
 * @param from what answers, for the error
 * @throws BootletError E_APISERVER_ANSWER
 */
export async function* watchEvents(bytes: AsyncIterable<Uint8Array>, from: string): AsyncGenerator<WatchEvent> {
  for await (const line of lines(bytes, from)) {
    const event = jsonOf(line);
    const type = TYPES.find((known) => isMap(event) && event['type'] === known);
    if (!isMap(event) || type === undefined) {
      throw new BootletError('E_APISERVER_ANSWER', `the watch of ${from} sends what is no event`);
    }
    yield { type, object: event['object'] };
  }
}

const NEWLINE = 0x0a;

/** What comes after the last newline was cut off, and is left out. */
async function* lines(bytes: AsyncIterable<Uint8Array>, from: string): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end));
      const line = Buffer.concat(pieces);
      pieces = [];
      length = 0;
      start = end + 1;
      if (line.length > 0) yield line;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length > LONGEST_LINE) {
      throw new BootletError(
        'E_APISERVER_ANSWER',
        `the watch of ${from} sends an event of more than ${LONGEST_LINE} bytes`,
      );
    }
    pieces.push(rest);
  }
}
