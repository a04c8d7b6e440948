import { Agent, type Dispatcher, request } from 'undici';
import { shownUrl } from '../../config/shown-url.ts';
import { BootletError, messageOf } from '../../errors.ts';
import { readTrusted } from '../../host/trusted-file.ts';
import { withDeadline } from '../../reconcile/deadline.ts';
import { maxManifestBytes } from '../manifest/decode/text.ts';

/** As the kubelet's HTTP source. */
const TIMEOUT_MS = 10_000;
const MAX_FILE_BYTES = 1024 * 1024;

export interface HttpTarget {
  /** Its query may be a secret: whatever is said names `shownUrl` of it. */
  readonly url: string;
  /** Lines of `NAME: VALUE`; empty: none. Read for each request, so that secrets can be rotated. */
  readonly headersFile: string;
  /** PEM; empty: the authorities that Node knows. */
  readonly caFile: string;
}

const failed = (url: string, what: string, cause?: unknown): BootletError => {
  const shown = shownUrl(url);
  return new BootletError('E_HTTP_SOURCE', `${shown}: ${what}`, {
    hint: `curl -v ${shown} shows what it answers`,
    cause,
  });
};

const headerLine = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e]*?)[ \t]*$/;

/** @throws BootletError E_HTTP_SOURCE, which tells a faulty line by its number: what it says may be a secret */
const parseHeaders = (file: string, text: string): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name, value] = headerLine.exec(line.trimEnd()) ?? [];
    if (name === undefined || value === undefined)
      throw new BootletError('E_HTTP_SOURCE', `${file}:${index + 1}: not of the form NAME: VALUE`);
    headers[name.toLowerCase()] = value;
  }
  return headers;
};

const readText = async (path: string): Promise<string> =>
  path === '' ? '' : Buffer.from(await readTrusted(path, MAX_FILE_BYTES)).toString();

/** The certificate is always verified; no proxy, and no redirect, which could lead to anywhere. */
const connectionTo = (ca: string): Agent =>
  new Agent({ connect: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === '' ? {} : { ca }) } });

const bodyOf = async (url: string, { statusCode, body }: Dispatcher.ResponseData): Promise<Uint8Array> => {
  if (statusCode !== 200) throw failed(url, `it answers ${statusCode}, not 200`);
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxManifestBytes) throw failed(url, `its answer is larger than ${maxManifestBytes / 2 ** 20} MiB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

/**
 * The bytes of one answer.
 * @throws BootletError E_HTTP_SOURCE; E_FILE_UNTRUSTED and system errors for the two files
 */
export const fetchAnswer = async (target: HttpTarget, stop: AbortSignal): Promise<Uint8Array> => {
  const { url, headersFile, caFile } = target;
  const headers = parseHeaders(headersFile, await readText(headersFile));
  const agent = connectionTo(await readText(caFile));
  try {
    return await withDeadline(TIMEOUT_MS, stop, async (signal) =>
      bodyOf(url, await request(url, { headers, signal, dispatcher: agent })),
    );
  } catch (error) {
    if (error instanceof BootletError) throw error;
    throw failed(url, messageOf(error), error);
  } finally {
    await agent.destroy();
  }
};
