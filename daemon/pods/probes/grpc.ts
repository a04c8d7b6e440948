/*
 * The gRPC health check (grpc.health.v1.Health/Check), on node:http2. It is one HTTP/2 request with one message of one
 * field each way, so that a gRPC library, a protobuf compiler and their memory would serve for nothing else here.
 */
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { KUBERNETES_VERSION } from './http-request.ts';
import { hostPort, networkError } from './network-error.ts';
import { failure, type ProbeAttempt, success } from './probe.ts';

export interface GrpcProbe {
  readonly host: string;
  readonly port: number;
  readonly service: string;
  /** For the messages only. */
  readonly timeoutSeconds: number;
}

/** grpc-go's pause before it dials again what refused. */
const REDIAL_MS = 1000;
/** A health answer has a few bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const SERVING = 1;

/** A grpc probe (pkg/probe/grpc): succeeds when the service says that it serves. A failure once `signal` aborts. */
export const probeGrpc = async (probe: GrpcProbe, signal: AbortSignal): Promise<ProbeAttempt> => {
  const address = hostPort(probe.host, probe.port);
  const session = await dial(probe, signal);
  if (session === undefined) {
    const within = `within ${probe.timeoutSeconds}s: context deadline exceeded`;
    return failure(`timeout: failed to connect service "${address}" ${within}`);
  }
  try {
    return verdict(await check(session, probe, signal), probe);
  } finally {
    session.destroy();
  }
};

/** A connection whose server has introduced itself; dials again what fails, until `signal` aborts. */
const dial = async (probe: GrpcProbe, signal: AbortSignal): Promise<ClientHttp2Session | undefined> => {
  while (!signal.aborted) {
    const session = await dialOnce(probe, signal);
    if (session !== undefined) return session;
    // It rejects for no other reason than the abort.
    await setTimeout(REDIAL_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
};

const dialOnce = ({ host, port }: GrpcProbe, signal: AbortSignal): Promise<ClientHttp2Session | undefined> =>
  new Promise((resolve) => {
    const session = connect(`http://${hostPort(host, port)}`);
    const abort = (): void => session.destroy();
    signal.addEventListener('abort', abort);
    // Errors later on reach the stream.
    session.on('error', () => resolve(undefined));
    session.on('close', () => {
      signal.removeEventListener('abort', abort);
      resolve(undefined);
    });
    session.on('remoteSettings', () => resolve(session));
  });

type Reply =
  | { readonly kind: 'status'; readonly code: number; readonly message: string; readonly body: Buffer }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'broken'; readonly message: string };

const UNKNOWN = 2;
const UNAVAILABLE = 14;

const check = (session: ClientHttp2Session, { host, port, service }: GrpcProbe, signal: AbortSignal): Promise<Reply> =>
  new Promise((resolve) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': `kube-probe/${KUBERNETES_VERSION}`,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on('response', (headers) => {
      head = headers;
    });
    stream.on('trailers', (headers) => {
      trailers = headers;
    });
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      else chunks.push(chunk);
    });
    stream.on('error', (error) => resolve({ kind: 'broken', message: networkError(error, host, port) }));
    stream.on('close', () => {
      if (signal.aborted) return resolve({ kind: 'timeout' });
      const status = head[':status'];
      // An answer without a body has its status in the head.
      const said = trailers['grpc-status'] ?? head['grpc-status'];
      const message = String(trailers['grpc-message'] ?? head['grpc-message'] ?? '');
      if (said !== undefined)
        return resolve({
          kind: 'status',
          code: Number(said),
          message: unescaped(message),
          body: Buffer.concat(chunks),
        });
      const nothing = status === undefined ? 'error reading from server: EOF' : httpStatus(status);
      resolve({ kind: 'status', code: status === undefined ? UNAVAILABLE : UNKNOWN, message: nothing, body: EMPTY });
    });
    stream.end(message(service));
  });

const EMPTY = Buffer.alloc(0);

const httpStatus = (status: number): string => `unexpected HTTP status code received from server: ${status}`;

/** grpc-message is percent-encoded; what is not is taken as it is. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** HealthCheckRequest{service}: protobuf field 1, a string, behind gRPC's five bytes of framing. */
const message = (service: string): Buffer => {
  const text = Buffer.from(service);
  const field = text.length === 0 ? EMPTY : Buffer.concat([Buffer.of(0x0a, ...varint(text.length)), text]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(field.length, 1);
  return Buffer.concat([frame, field]);
};

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))];

/** The status in a HealthCheckResponse: protobuf field 1, an enum below 128; absent it is 0. */
const statusIn = (body: Buffer): number => (body[5] === 0x08 ? (body[6] ?? 0) : 0);

const DEADLINE_EXCEEDED = 4;
const UNIMPLEMENTED = 12;
const CODES = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists'],
  ...['PermissionDenied', 'ResourceExhausted', 'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented'],
  ...['Internal', 'Unavailable', 'DataLoss', 'Unauthenticated'],
];

const verdict = (reply: Reply, { timeoutSeconds }: GrpcProbe): ProbeAttempt => {
  if (reply.kind === 'timeout' || (reply.kind === 'status' && reply.code === DEADLINE_EXCEEDED))
    return failure(`timeout: health rpc did not complete within ${timeoutSeconds}s`);
  const code = reply.kind === 'broken' ? UNAVAILABLE : reply.code;
  if (code === UNIMPLEMENTED)
    return failure(
      `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${reply.message}`,
    );
  if (code !== 0) {
    const name = CODES[code] ?? `Code(${code})`;
    return failure(`error: health rpc probe failed: rpc error: code = ${name} desc = ${reply.message}`);
  }
  const status = reply.kind === 'status' ? statusIn(reply.body) : 0;
  return status === SERVING
    ? success('service healthy')
    : failure(`service unhealthy (responded with "${STATUS_NAMES[status] ?? status}")`);
};
