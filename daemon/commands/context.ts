import type { Command } from 'commander';
import { type Client, clientOf, DEFAULT_SOCKET } from './client.ts';
import type { Io } from './io.ts';

/** The daemon that is meant: `--socket`, else BOOTLET_SOCKET, else the one of this host. */
export const clientFor = (command: Command, io: Io): Client => {
  const { socket }: { socket?: string } = command.optsWithGlobals();
  return clientOf(socket ?? io.env['BOOTLET_SOCKET'] ?? DEFAULT_SOCKET);
};
