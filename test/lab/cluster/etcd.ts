import { cp, rm } from 'node:fs/promises';
import { freePorts } from '../free-ports.ts';
import type { Scope } from '../scope.ts';
import { newServer, type Server } from './server.ts';

export interface Etcd extends Server {
  /** What it holds at this moment, copied while it stands still. */
  copyTo(folder: string): Promise<void>;
  /** Ends it, and starts it with what was copied. */
  restore(folder: string): Promise<void>;
}

/** An etcd that is not running yet, with its data in `dir`. It never syncs: nothing here outlives the machine. */
export const newEtcd = async (scope: Scope, dir: string): Promise<Etcd> => {
  const [clientPort, peerPort] = await freePorts(2);
  const url = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const argv = [
    'etcd',
    `--data-dir=${dir}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--unsafe-no-fsync',
  ];
  const server = newServer(scope, { argv, url, readyPath: '/health' });
  return Object.assign(server, {
    copyTo: async (folder: string) => {
      server.pause();
      await cp(dir, folder, { recursive: true });
      server.resume();
    },
    restore: async (folder: string) => {
      await server.end();
      await rm(dir, { recursive: true });
      await cp(folder, dir, { recursive: true });
      await server.start();
    },
  });
};
