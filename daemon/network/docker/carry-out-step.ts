import { BootletError, messageOf } from '../../errors.ts';
import { readLinks } from '../../host/ip/links.ts';
import { unless } from '../../host/missing.ts';
import { outputOf, type RunTool } from '../../host/run-tool.ts';
import type { StateFile } from '../../host/state-file.ts';
import { readDaemonJson, writeDaemonJson } from './daemon-json.ts';
import type { Dockerd } from './dockerd.ts';
import { describeExpected, describeNetwork, type ExpectedNetwork, networkDifference } from './expected-network.ts';
import type { DockerMemory, Failure } from './memory.ts';
import { afterReload } from './reloaded-keys.ts';
import type { DockerStep } from './steps.ts';

export interface StepOptions {
  /** Of daemon.json. */
  readonly path: string;
  readonly dockerd: Dockerd;
  readonly memory: StateFile<DockerMemory>;
  readonly run: RunTool;
}

/** Docker did not do as it should; other errors end the daemon's work on it and say nothing of Docker. */
const isFailure = (error: unknown): boolean => error instanceof BootletError && error.code === 'E_NETWORK_UNSETTLED';

/** Carries out single steps. What fails is undone, remembered, and not tried again. */
export const stepsOf = ({ path, dockerd, memory, run }: StepOptions) => {
  const recall = async (): Promise<DockerMemory> => (await memory.load()) ?? {};

  const putBack = async (): Promise<void> => {
    const { good } = await recall();
    if (good !== undefined) await writeDaemonJson(path, good ?? undefined);
  };

  const write = async ({ basis, text, keepFolder, note }: Extract<DockerStep, { do: 'write' }>): Promise<void> => {
    const now = await readDaemonJson(path);
    if (now.text === text) return;
    if (now.text !== basis) {
      throw new BootletError('E_NETWORK_UNSETTLED', `${path} was changed by somebody else at the same moment`);
    }
    if (note !== undefined) await memory.save(note);
    await writeDaemonJson(path, text, keepFolder);
  };

  /** It runs with what is in the file now. */
  const settled = async (process: string, isGood: boolean): Promise<void> => {
    const { failed: _, restarting: __, ...before } = await recall();
    const { text, keys } = await readDaemonJson(path);
    await memory.save({ ...before, loaded: { process, keys }, ...(isGood ? { good: text ?? null } : {}) });
  };

  const remember = async (failure: Failure): Promise<void> => memory.save({ ...(await recall()), failed: failure });

  /** Puts the old file back and starts dockerd with it. */
  const rollBack = async (failure: Failure, cause: unknown): Promise<never> => {
    const message = `${messageOf(cause)}; its daemon.json is as it was before, and this is tried again once the configuration or ${path} changes`;
    await remember({ ...failure, message });
    await putBack();
    const hint = `mend what Docker's log complains of (journalctl -u docker), in network.docker.options or in ${path}`;
    try {
      await dockerd.restart(true);
    } catch (error) {
      throw new BootletError(
        'E_DOCKER_ROLLED_BACK',
        `${message}; with that it did not come back either: ${messageOf(error)}`,
        {
          cause,
          hint,
        },
      );
    }
    const { restarting: _, ...rest } = await recall();
    await memory.save(rest);
    throw new BootletError('E_DOCKER_ROLLED_BACK', message, { cause, hint });
  };

  const restart = async ({ expect, failure }: Extract<DockerStep, { do: 'restart' }>): Promise<void> => {
    await memory.save({ ...(await recall()), restarting: true });
    const back = await dockerd.restart(!failure.rollBack).catch((error: unknown) => {
      if (failure.rollBack && isFailure(error)) return rollBack(failure, error);
      throw error;
    });
    // What failed is remembered beyond the way back.
    if (!failure.rollBack) {
      const { restarting: _, ...rest } = await recall();
      return memory.save({ ...rest, failed: failure });
    }
    const isRight = expect !== undefined && networkDifference(expect, back.state.bridge) === 'none';
    await settled(back.process.id, isRight);
    if (isRight || expect === undefined) return;
    const has = describeNetwork(back.state.bridge);
    const message = `Docker was started for the network ${describeExpected(expect)} and has ${has}`;
    await remember({ ...failure, message, rollBack: false });
    throw new BootletError('E_NETWORK_UNSETTLED', message, {
      hint: 'pods wait; see what Docker says of it (docker network inspect bridge), or stop Docker, remove network/files/local-kv.db from its data-root (user networks go with it) and start it',
    });
  };

  const reload = async (failure: Failure): Promise<void> => {
    const { keys } = await readDaemonJson(path);
    try {
      await dockerd.reload(keys);
    } catch (error) {
      if (isFailure(error) && dockerd.process() !== undefined) {
        await remember({ ...failure, message: messageOf(error), rollBack: false });
        await putBack();
      }
      throw error;
    }
    const known = await recall();
    const process = dockerd.process();
    if (process === undefined) return;
    // What it cannot read again it still has from its start.
    const earlier = known.loaded?.process === process.id ? known.loaded.keys : keys;
    await memory.save({ ...known, loaded: { process: process.id, keys: afterReload(earlier, keys) } });
  };

  /** dockerd has put its old addresses on the bridge, in the place of the bridge's own. */
  const putAddresses = async ({ bridgeName, gateways, subnets }: ExpectedNetwork): Promise<void> => {
    const present = (await readLinks(run)).find(({ name }) => name === bridgeName)?.addresses ?? [];
    const ip = (...args: readonly string[]) => outputOf(run, 'ip', ['address', ...args, 'dev', bridgeName]);
    for (const [i, gateway] of gateways.entries()) {
      if (present.some(({ address }) => address === gateway)) continue;
      await ip('add', `${gateway}/${subnets[i]?.split('/')[1]}`, ...(gateway.includes(':') ? ['nodad'] : []));
    }
    for (const { address, prefixLength, scope } of present) {
      // The keeper of the bridge may be quicker: Docker is in that network no more. What stays would be seen afterwards.
      if (scope === 'global' && !gateways.includes(address)) {
        await unless(['E_HOST_COMMAND'], ip('delete', `${address}/${prefixLength}`));
      }
    }
  };

  return async (step: DockerStep): Promise<void> => {
    switch (step.do) {
      case 'write':
        return write(step);
      case 'reload':
        return reload(step.failure);
      case 'restart':
        return restart(step);
      case 'put-addresses':
        return putAddresses(step.expect);
      case 'nothing':
        return;
      default:
        return step satisfies never;
    }
  };
};
