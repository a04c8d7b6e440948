import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** What a client that does not read may have waiting for it, bytes. */
const MOST_UNREAD = 4 * 1024 * 1024;

export interface LineStream {
  /** Writes one JSON document and a line feed. A client that is too far behind is cut off. */
  send(value: unknown): void;
  end(): void;
  /** Calls `ended` when the connection is gone, whoever closed it. */
  onClose(ended: () => void): void;
}

/** Answers with JSON documents, one on each line, as a Kubernetes watch does. Headers go out at once. */
export const lineStream = (reply: FastifyReply): LineStream => {
  const raw = startStream(reply, 'application/json');
  return {
    send(value) {
      if (raw.writableLength > MOST_UNREAD) raw.destroy();
      if (!raw.destroyed) raw.write(`${JSON.stringify(value)}\n`);
    },
    end: () => raw.end(),
    onClose: (ended) => raw.once('close', ended),
  };
};

/** Takes the answer over from fastify, which knows no answers without an end. */
export const startStream = (reply: FastifyReply, contentType: string): ServerResponse => {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' });
  reply.raw.flushHeaders();
  return reply.raw;
};
