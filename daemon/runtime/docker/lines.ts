import { BootletError } from '../../errors.ts';
import { parsed } from './json.ts';

const LONGEST_LINE = 1024 * 1024;

/**
 * Decodes a stream of JSON values, one a line, as Docker sends events and progress. A line cut off by the end of the
 * stream is dropped: it cannot be told from a whole one.
 * @throws BootletError E_INTERNAL for a line of more than 1 MiB or one that is no JSON
 */
export async function* jsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new BootletError('E_INTERNAL', 'docker sent a line of more than 1 MiB');
    for (const line of lines) if (line.trim() !== '') yield parsed(line);
  }
}
