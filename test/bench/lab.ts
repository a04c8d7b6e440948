import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pauseImageName, pauseImageTar } from '../../daemon/runtime/pause/image.ts';
import { type Dockerd, startDockerd } from '../lab/dockerd.ts';
import type { Scope } from '../lab/scope.ts';
import { type DockerCalls, dockerCalls } from './sides/docker-calls.ts';
import { floorSide } from './sides/floor.ts';
import type { Side } from './sides/side.ts';
import { stampImage } from './stamp/image.ts';
import { type StampServer, startStampServer } from './stamp/server.ts';

/** What the benchmarks run on: a dockerd of their own with the images loaded, the stamp server and the floor. */
export interface Lab {
  readonly docker: Dockerd;
  readonly stamps: StampServer;
  readonly calls: DockerCalls;
  readonly floor: Side;
}

export const startLab = async (scope: Scope): Promise<Lab> => {
  const folder = await mkdtemp(join(tmpdir(), 'bl-bench-'));
  scope.teardown(() => rm(folder, { recursive: true, force: true }));
  const stamps = await startStampServer(scope, join(folder, 'stamps.sock'));
  const docker = await startDockerd(scope, { network: 'own' });

  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const pauseArchive = join(folder, 'pause.tar');
  await writeFile(pauseArchive, pauseImageTar(arch));
  for (const archive of [pauseArchive, await stampImage()]) await docker.engine.load(archive);

  const files = {
    socket: stamps.path,
    hosts: join(folder, 'hosts'),
    resolvConf: join(folder, 'resolv.conf'),
    hostname: join(folder, 'hostname'),
    terminationLog: join(folder, 'termination-log'),
  };
  for (const file of [files.hosts, files.resolvConf, files.hostname, files.terminationLog]) await writeFile(file, '');
  const calls = dockerCalls(scope, docker.socket);
  return { docker, stamps, calls, floor: floorSide(calls, files, pauseImageName(arch)) };
};
