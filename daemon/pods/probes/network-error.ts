import { getSystemErrorMessage } from 'node:util';

/** HOST:PORT, with the brackets that an IPv6 address needs. */
export const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Why a connection to HOST:PORT came to nothing, in the words of Go's net package: what people search for. */
export const networkError = (error: unknown, host: string, port: number): string => {
  // A name with several addresses fails with all their errors.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(cause instanceof Error)) return String(cause);
  const { syscall, errno, message }: NodeJS.ErrnoException = cause;
  if (syscall === 'getaddrinfo') return `dial tcp: lookup ${host}: no such host`;
  if (message === 'socket hang up') return 'EOF';
  if (syscall === undefined || errno === undefined) return message;
  const what = `${syscall}: ${getSystemErrorMessage(errno)}`;
  return syscall === 'connect' ? `dial tcp ${hostPort(host, port)}: ${what}` : `${syscall} tcp: ${what}`;
};
