import { BootletError, messageOf } from '../../errors.ts';
import { parseCidr, showCidr } from '../../host/ip/cidr.ts';
import { readLinks } from '../../host/ip/links.ts';
import { unless } from '../../host/missing.ts';
import { outputOf, type RunTool } from '../../host/run-tool.ts';
import type { StateFile } from '../../host/state-file.ts';
import type { Sysctls } from '../../host/sysctls.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { DockerEngine } from '../../runtime/docker/engine.ts';
import { tidyOwnedFile } from '../owned-file.ts';
import { RepairPace } from '../repair-pace.ts';
import { readDaemonJson, writeDaemonJson } from './daemon-json.ts';
import type { Dockerd } from './dockerd.ts';
import { describeExpected, describeNetwork, type ExpectedNetwork, networkDifference } from './expected-network.ts';
import type { Attempt, DockerMemory, Failure, Restart } from './memory.ts';
import { ownNetworkSteps } from './own-network-steps.ts';
import { afterReload } from './reloaded-keys.ts';
import { restoredText } from './restored-text.ts';
import type { DockerStep } from './steps.ts';

export interface StepOptions {
  /** Of daemon.json. */
  readonly path: string;
  readonly dockerd: Pick<Dockerd, 'process' | 'state' | 'reload' | 'restart' | 'log'>;
  readonly memory: Pick<StateFile<DockerMemory>, 'load' | 'save'>;
  readonly engine: Pick<DockerEngine, 'call'>;
  readonly run: RunTool;
  readonly sysctls: Sysctls;
  readonly clock: Pick<Clock, 'now'>;
}

/** Docker did not do as it should; other errors end the daemon's work on it and say nothing of Docker. */
const isFailure = (error: unknown): boolean => error instanceof BootletError && error.code === 'E_NETWORK_UNSETTLED';

/** Carries out single steps. What fails is undone, remembered, and not tried again. */
export const stepsOf = ({ path, dockerd, memory, engine, run, sysctls, clock }: StepOptions) => {
  const recall = async (): Promise<DockerMemory> => (await memory.load()) ?? {};

  const putBack = async (): Promise<void> => {
    const { text } = await readDaemonJson(path);
    const restored = restoredText(path, text, await recall());
    if (restored !== text) await writeDaemonJson(path, restored);
  };

  const write = async ({ basis, text, keepFolder, note }: Extract<DockerStep, { do: 'write' }>): Promise<void> => {
    const now = await readDaemonJson(path);
    if (now.text === text) return;
    if (now.text !== basis) {
      throw new BootletError('E_NETWORK_UNSETTLED', `${path} was changed by somebody else at the same moment`);
    }
    await memory.save({ ...(await recall()), ...note, written: text ?? null });
    await writeDaemonJson(path, text, keepFolder);
  };

  /** With the dockerd that runs since. */
  const sinceThen = (failure: Failure): Failure => {
    const process = dockerd.process();
    return process === undefined ? failure : { ...failure, process: process.id };
  };

  const remember = async (failure: Failure): Promise<void> =>
    memory.save({ ...(await recall()), failed: sinceThen(failure) });

  const forgetFailure = async (): Promise<void> => {
    const { failed: _, ...known } = await recall();
    await memory.save(known);
  };

  const endRestart = async (seen: DockerMemory = {}): Promise<void> => {
    const { restarting: _, failed, ...known } = await recall();
    await memory.save({ ...known, ...(failed === undefined ? {} : { failed: sinceThen(failed) }), ...seen });
  };

  /** It runs with what is in the file now. */
  const settled = async (process: string, isGood: boolean): Promise<void> => {
    const { text, keys } = await readDaemonJson(path);
    await endRestart({ loaded: { process, keys }, ...(isGood ? { good: text ?? null } : {}) });
  };

  const rollBack = async (): Promise<void> => {
    await putBack();
    await dockerd.restart(true);
    await endRestart();
  };

  const giveUp = async (restarting: Restart, cause: unknown): Promise<never> => {
    const message = `${messageOf(cause)}; its daemon.json is as it was before, and this is tried again once the configuration or ${path} changes, or somebody else restarts Docker`;
    const { text, network } = restarting;
    await memory.save({
      ...(await recall()),
      restarting: { ...restarting, isBack: true },
      failed: { text, network, message },
    });
    const hint = `mend what ${dockerd.log()} complains of, in network.docker.options or in ${path}`;
    try {
      await rollBack();
    } catch (error) {
      if (!isFailure(error)) throw error;
      const both = `${message}; with that it did not come back either: ${messageOf(error)}`;
      throw new BootletError('E_DOCKER_ROLLED_BACK', both, { cause, hint });
    }
    throw new BootletError('E_DOCKER_ROLLED_BACK', message, { cause, hint });
  };

  /** What runs would end with a restart for the network, or keep Docker on the one that it has. */
  const refuseWithContainers = async (): Promise<void> => {
    const state = await dockerd.state();
    if (state?.running === 0 || (state === undefined && dockerd.process() === undefined)) return;
    throw state === undefined
      ? new BootletError(
          'E_NETWORK_UNSETTLED',
          'Docker does not answer, and is not restarted while it may run containers',
        )
      : new BootletError(
          'E_NETWORK_UNSETTLED',
          'a container was started just before Docker was to be restarted for its network',
          { hint: 'bootlet looks again at once, and goes another way' },
        );
  };

  const restart = async ({
    expect,
    isLast,
    attempt,
    mayRemember,
    isForNone,
  }: Extract<DockerStep, { do: 'restart' }>): Promise<void> => {
    if (isForNone) await refuseWithContainers();
    const restarting: Restart = { ...attempt, isBack: false };
    const { failed: _, restarts, ...known } = await recall();
    const pace = new RepairPace(restarts);
    // A step to another one counts with that.
    if (isLast) pace.repaired(clock.now());
    await memory.save({ ...known, restarting, restarts: pace.times });
    const back = await dockerd.restart().catch((error: unknown) => {
      if (isFailure(error)) return giveUp(restarting, error);
      throw error;
    });
    const difference = expect === undefined ? 'none' : networkDifference(expect, back.state.bridge);
    await settled(back.process.id, isLast && difference === 'none');
    if (expect === undefined || difference === 'none' || (difference === 'remembered' && mayRemember)) return;
    const has = describeNetwork(back.state.bridge);
    const message = `Docker was started for the network ${describeExpected(expect)} and has ${has}`;
    await remember({ ...attempt, message });
    throw new BootletError('E_NETWORK_UNSETTLED', message, {
      hint: 'pods wait; see what Docker says of it (docker network inspect bridge), or stop Docker, remove network/files/local-kv.db from its data-root (user networks go with it) and start it',
    });
  };

  const reload = async (attempt: Attempt): Promise<void> => {
    const { keys } = await readDaemonJson(path);
    try {
      await dockerd.reload(keys);
    } catch (error) {
      if (isFailure(error) && dockerd.process() !== undefined) {
        await putBack();
        await remember({ ...attempt, message: messageOf(error) });
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
  const putAddresses = async (
    { bridgeName, gateways, subnets }: ExpectedNetwork,
    remembered: readonly string[],
  ): Promise<void> => {
    const present = (await readLinks(run)).find(({ name }) => name === bridgeName)?.addresses ?? [];
    const ip = (...args: readonly string[]) => outputOf(run, 'ip', ['address', ...args, 'dev', bridgeName]);
    for (const [i, gateway] of gateways.entries()) {
      if (present.some(({ address }) => address === gateway)) continue;
      // Not `add`: the keeper of the bridge may do the same at the same moment.
      await ip('replace', `${gateway}/${subnets[i]?.split('/')[1]}`, ...(gateway.includes(':') ? ['nodad'] : []));
    }
    for (const { address, prefixLength } of present) {
      const cidr = parseCidr(`${address}/${prefixLength}`);
      // Or be quicker: Docker is in that network no more. What stays would be seen afterwards.
      if (cidr !== undefined && remembered.includes(showCidr(cidr)) && !gateways.includes(address)) {
        await unless(['E_HOST_COMMAND'], ip('delete', `${address}/${prefixLength}`));
      }
    }
  };

  const ownNetwork = ownNetworkSteps({ path, memory, engine, remember });

  return async (step: DockerStep): Promise<void> => {
    switch (step.do) {
      case 'write':
        return write(step);
      case 'reload':
        return reload(step.attempt);
      case 'restart':
        return restart(step);
      case 'roll-back':
        return rollBack();
      case 'end-restart':
        return endRestart();
      case 'forget-failure':
        return forgetFailure();
      case 'put-addresses':
        return putAddresses(step.expect, step.remembered);
      case 'make-network':
        return ownNetwork.make(step.expect);
      case 'remove-network':
        return ownNetwork.remove(step.network, step.isReplaced);
      case 'rejoin':
        return ownNetwork.rejoin();
      case 'write-sysctl':
        if (sysctls.read(step.path) !== undefined) await sysctls.write(step.path, step.value);
        return;
      case 'tidy':
        return tidyOwnedFile(path, step.keepFolder);
      case 'nothing':
        return;
      default:
        return step satisfies never;
    }
  };
};
