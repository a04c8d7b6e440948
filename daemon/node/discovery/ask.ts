import { Agent, type Dispatcher, request } from 'undici';
import { withDeadline } from '../../reconcile/deadline.ts';
import { version } from '../../version.ts';
import { away, faultOf } from '../apiserver/fault.ts';

const TIMEOUT_MS = 10_000;
const CONNECT_MS = 5000;
/** A ConfigMap holds at most 1 MiB; a kubeconfig is far smaller. */
const LARGEST_ANSWER = 2 * 1024 * 1024;

/** Whom a question may be put to. A secret goes only with `verified`. */
export type Audience =
  /** Whoever answers: nothing is proved by that. */
  | { readonly kind: 'anyone' }
  | {
      readonly kind: 'verified';
      /** PEM of the authorities that may have issued the server's certificate. */
      readonly caPem: string | readonly string[];
      readonly bearer?: string;
    };

export interface Question {
  /** With scheme, host and path. */
  readonly url: string;
  readonly to: Audience;
}

export interface Reply {
  readonly status: number;
  readonly bytes: Uint8Array;
  /** The header, as it came. */
  readonly date: string | undefined;
}

/**
 * A GET on a connection of its own. No redirect is followed, and no proxy of the environment is asked.
 * @throws BootletError E_APISERVER_UNAVAILABLE; E_TLS_UNTRUSTED, before anything was sent
 */
export const ask = async ({ url, to }: Question, stopping: AbortSignal): Promise<Reply> => {
  const { origin } = new URL(url);
  const isVerified = to.kind === 'verified';
  const tls = isVerified ? { ca: typeof to.caPem === 'string' ? to.caPem : [...to.caPem] } : {};
  const agent = new Agent({
    connect: { ...tls, rejectUnauthorized: isVerified, minVersion: 'TLSv1.2', timeout: CONNECT_MS },
    allowH2: false,
  });
  const headers = {
    accept: 'application/json',
    'user-agent': `bootlet/${version}`,
    ...(isVerified && to.bearer !== undefined ? { authorization: `Bearer ${to.bearer}` } : {}),
  };
  try {
    return await withDeadline(TIMEOUT_MS, stopping, async (signal) => {
      const answer = await request(url, { headers, signal, dispatcher: agent });
      return {
        status: answer.statusCode,
        bytes: await bytesOf(origin, answer),
        date: answer.headers['date']?.toString(),
      };
    });
  } catch (error) {
    throw faultOf(origin, error)?.error ?? error;
  } finally {
    await agent.destroy();
  }
};

const bytesOf = async (origin: string, { body }: Dispatcher.ResponseData): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > LARGEST_ANSWER) throw away(origin, `it answers with more than ${LARGEST_ANSWER / 2 ** 20} MiB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};
