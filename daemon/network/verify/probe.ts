import { createSocket } from 'node:dgram';
import { connect, createServer, type Server } from 'node:net';
import { messageOf, systemCodeOf } from '../../errors.ts';
import type { Family } from '../../host/ip/cidr.ts';

/** Somebody to send packets to. */
export interface Far {
  readonly address: string;
  readonly port: number;
}

/** What came of one attempt to reach somebody. */
export type Answer =
  /** `seen`: the address that the far end saw it come from, where it tells. */
  | { readonly outcome: 'answered'; readonly seen?: string }
  /** The far end is there, but nothing listens. */
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'silent'; readonly why: string };

/** Sends and receives packets in one network namespace. */
export interface Probe {
  /** Answers whoever connects, or sends a datagram, with the address that it is seen as. Resolves with the ports; 0: any. */
  listen(family: Family, port: number): Promise<{ readonly tcp: number; readonly udp: number }>;
  tcp(far: Far, withinMs: number): Promise<Answer>;
  /** One datagram with so many bytes of payload; the kernel sets DF on what fits the interface's MTU (ip(7)). */
  udp(far: Far & { readonly family: Family }, bytes: number, withinMs: number): Promise<Answer>;
  close(): void;
}

const ANY = { ipv4: '0.0.0.0', ipv6: '::' } as const;
const DATAGRAM = { ipv4: 'udp4', ipv6: 'udp6' } as const;

/** Long enough for the answer, so that nobody is sent more than was asked with. */
export const LEAST_BYTES = 128;
const MOST_ANSWER = 256;

const seenIn = (text: string): string | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && 'seen' in json && typeof json.seen === 'string'
      ? json.seen
      : undefined;
  } catch {
    return undefined;
  }
};

const answered = (text: string): Answer => {
  const seen = seenIn(text);
  return { outcome: 'answered', ...(seen === undefined ? {} : { seen }) };
};

const failed = (error: Error): Answer =>
  systemCodeOf(error) === 'ECONNREFUSED' ? { outcome: 'refused' } : { outcome: 'silent', why: messageOf(error) };

/** @param onSeen told of each that came, and from where */
export const localProbe = (onSeen: (from: string, protocol: 'tcp' | 'udp') => void = () => undefined): Probe => {
  const servers: { close(): unknown }[] = [];

  const listenTcp = (host: string, port: number): Promise<number> => {
    const server: Server = createServer((socket) => {
      const seen = socket.remoteAddress ?? '';
      onSeen(seen, 'tcp');
      socket.on('error', () => undefined).end(`${JSON.stringify({ seen })}\n`);
    });
    servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, ipv6Only: true }, () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  };

  const listenUdp = (family: Family, port: number): Promise<number> => {
    const socket = createSocket({ type: DATAGRAM[family], ipv6Only: family === 'ipv6' });
    servers.push(socket);
    socket.on('message', (message, from) => {
      onSeen(from.address, 'udp');
      if (message.length >= LEAST_BYTES) socket.send(JSON.stringify({ seen: from.address }), from.port, from.address);
    });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, ANY[family], () => resolve(socket.address().port));
    });
  };

  return {
    listen: async (family, port) => ({ tcp: await listenTcp(ANY[family], port), udp: await listenUdp(family, port) }),

    tcp: ({ address, port }, withinMs) =>
      new Promise((resolve) => {
        const socket = connect({ host: address, port });
        let text = '';
        let isConnected = false;
        const finish = (answer: Answer): void => {
          clearTimeout(timer);
          socket.destroy();
          resolve(answer);
        };
        // One that takes the connection and says nothing is reached all the same.
        const timer = setTimeout(
          () => finish(isConnected ? answered(text) : { outcome: 'silent', why: `no answer in ${withinMs} ms` }),
          withinMs,
        );
        socket.once('connect', () => {
          isConnected = true;
        });
        socket.on('data', (chunk) => {
          text = (text + chunk.toString('utf8')).slice(0, MOST_ANSWER);
          if (text.includes('\n')) finish(answered(text));
        });
        socket.once('end', () => finish(answered(text)));
        socket.once('error', (error) => finish(isConnected ? answered(text) : failed(error)));
      }),

    udp: ({ address, port, family }, bytes, withinMs) =>
      new Promise((resolve) => {
        const socket = createSocket(DATAGRAM[family]);
        const finish = (answer: Answer): void => {
          clearTimeout(timer);
          socket.close();
          resolve(answer);
        };
        const timer = setTimeout(() => finish({ outcome: 'silent', why: `no answer in ${withinMs} ms` }), withinMs);
        socket.once('message', (message) => finish(answered(message.toString('utf8'))));
        socket.once('error', (error) => finish(failed(error)));
        // Connected, so that what routers say of it is heard.
        socket.connect(port, address, () => socket.send(Buffer.alloc(bytes)));
      }),

    close: () => {
      for (const server of servers.splice(0)) server.close();
    },
  };
};
