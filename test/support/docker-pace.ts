import { join } from 'node:path';
import { DOCKER_MEMORY, dockerMemory } from '../../daemon/network/docker/memory.ts';

/** As if the last restart of Docker were long ago: tests restart it more often than its pace allows. */
export const forgetRestarts = async (stateFolder: string): Promise<void> => {
  const memory = dockerMemory(join(stateFolder, DOCKER_MEMORY));
  const { restarts, ...known } = (await memory.load()) ?? {};
  if (restarts !== undefined) await memory.save(known);
};
