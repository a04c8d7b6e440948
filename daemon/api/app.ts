import Fastify, { type FastifyInstance } from 'fastify';
import { BootletError } from '../errors.ts';
import { failureOf, rawAnswer } from './failure.ts';

/** What the API logs to; a pino logger is one. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** Clients at once; watches and logs hold a connection each. */
const MOST_CONNECTIONS = 256;

/** Node reads no longer request line: no name that arrives is too long, it only names nothing. */
const MOST_HEADER_BYTES = 16 * 1024;

interface Named {
  readonly name?: string;
}

/** `pods` of `/api/v1/namespaces/NS/pods/NAME`, for a failure's details. */
const resourceIn = (url: string): string =>
  /\/(pods|nodes|events|manifests|hostsettings)(?=[/?]|$)/.exec(url)?.[1] ?? '';

/** What fastify itself refuses, such as a body that is no JSON, is the client's mistake. */
const asUsage = (error: Error): Error =>
  'statusCode' in error && Number(error.statusCode) < 500
    ? new BootletError('E_USAGE', error.message, { cause: error, retryable: false })
    : error;

/** A server whose every failure is a metav1.Status. */
export const newApp = (log: Log): FastifyInstance => {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MOST_HEADER_BYTES },
    frameworkErrors: (error, request, reply) => {
      const failure = failureOf(asUsage(error), { kind: resourceIn(request.url) });
      reply.raw.writeHead(failure.code, { 'content-type': 'application/json' }).end(JSON.stringify(failure));
    },
    // What Node cannot read as a request, or is too long for one.
    clientErrorHandler: (error, socket) => {
      const refusal = new BootletError('E_USAGE', error.message, { cause: error, retryable: false });
      if (socket.writable) socket.write(rawAnswer(failureOf(refusal, {})));
      socket.destroySoon();
    },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.setNotFoundHandler(async (request, reply) => {
    const error = new BootletError('E_NOT_FOUND', 'the server could not find the requested resource', {
      retryable: false,
    });
    return reply.code(404).send(failureOf(error, { kind: resourceIn(request.url) }));
  });
  app.setErrorHandler<Error, { Params: Named }>(async (error, request, reply) => {
    const { name } = request.params;
    const failure = failureOf(asUsage(error), {
      kind: resourceIn(request.url),
      ...(name === undefined ? {} : { name }),
    });
    if (failure.code >= 500) log.error({ err: error, url: request.url }, 'api request failed');
    if (reply.sent) return reply.raw.destroy();
    return reply.code(failure.code).send(failure);
  });
  return app;
};
