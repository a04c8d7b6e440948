import { BootletError, messageOf } from '../../errors.ts';
import type { StateFile } from '../../host/state-file.ts';
import { type BridgeNetwork, containersOn } from '../../runtime/docker/bridge-network.ts';
import type { DockerEngine } from '../../runtime/docker/engine.ts';
import { joinedContainer, joinOwnNetwork, othersOn } from '../../runtime/docker/joined-containers.ts';
import { makeOwnNetwork, OWN_NETWORK, type OwnNetwork, removeNetwork } from '../../runtime/docker/own-network.ts';
import { readDaemonJson } from './daemon-json.ts';
import { describeExpected, type ExpectedNetwork } from './expected-network.ts';
import type { DockerMemory, Failure } from './memory.ts';
import { withoutBridge } from './restored-text.ts';

export interface OwnNetworkOptions {
  /** Of daemon.json. */
  readonly path: string;
  readonly memory: Pick<StateFile<DockerMemory>, 'load' | 'save'>;
  readonly engine: Pick<DockerEngine, 'call'>;
  readonly remember: (failure: Failure) => Promise<void>;
}

const wantedOf = ({ bridgeName, mtu, gateways, subnets }: ExpectedNetwork): OwnNetwork => ({
  bridgeName,
  mtu,
  subnets: subnets.map((subnet, i) => ({ subnet, gateway: gateways[i] ?? '' })),
});

const asItIs = ({ bridgeName, mtu, subnets }: BridgeNetwork): OwnNetwork => ({
  bridgeName,
  ...(mtu === undefined ? {} : { mtu }),
  subnets: subnets.map(({ subnet, gateway = '' }) => ({ subnet, gateway })),
});

/**
 * Makes and removes the network of bootlet's. What one that is replaced was, and who of others was on it, is on disk before
 * anything of it goes, and until that is on the network that takes its place.
 */
export const ownNetworkSteps = ({ path, memory, engine, remember }: OwnNetworkOptions) => {
  const recall = async (): Promise<DockerMemory> => (await memory.load()) ?? {};

  /** Why Docker has refused some of them, if it has: it is not tried again. */
  const putBack = async (): Promise<BootletError | undefined> => {
    const { replaced, ...known } = await recall();
    if (replaced === undefined) return undefined;
    const refused: { readonly name: string; readonly error: BootletError }[] = [];
    for (const container of replaced.containers) {
      try {
        await joinOwnNetwork(engine, container);
      } catch (error) {
        if (!(error instanceof BootletError) || error.code !== 'E_RUNTIME_REFUSED') throw error;
        refused.push({ name: container.name, error });
      }
    }
    // Bootlet's own wait for nobody's.
    await memory.save(known);
    const [first] = refused;
    if (first === undefined) return undefined;
    const each = refused.map(({ name, error }) => `${name}: ${error.message}`).join('; ');
    const message = `containers that were on the network ${OWN_NETWORK} could not be put on it again: ${each}`;
    const hint = refused.map(({ name }) => `docker network connect ${OWN_NETWORK} ${name}`).join('; ');
    return new BootletError('E_RUNTIME_REFUSED', message, { cause: first.error, hint });
  };

  /** Pods' that run. Who joins later is not among them, and keeps Docker from removing the network. */
  const ownOn = async (id: string): Promise<readonly string[]> => {
    const running = await containersOn(engine, id);
    // Asked afterwards, so that it has whoever of others is among those.
    const others = await othersOn(engine, id);
    return running.filter((container) => !others.includes(container));
  };

  const rejoin = async (): Promise<void> => {
    const refused = await putBack();
    if (refused !== undefined) throw refused;
  };

  /** What names the bridge as Docker's own would, beside the network, keeps it from starting: neither the file nor the way back may. */
  const make = async (expect: ExpectedNetwork): Promise<void> => {
    const { bridgeName } = expect;
    const { text = null, keys } = await readDaemonJson(path);
    if (keys['bridge'] === bridgeName) {
      throw new BootletError(
        'E_NETWORK_UNSETTLED',
        `${path} has had "bridge": "${bridgeName}" put in by somebody else`,
      );
    }
    const { good, loaded, ...known } = await recall();
    const { bridge: _, ...read } = loaded?.keys ?? {};
    await memory.save({
      ...known,
      ...(good === undefined ? {} : { good: good === null ? null : withoutBridge(path, good, bridgeName) }),
      ...(loaded === undefined ? {} : { loaded: { ...loaded, keys: read } }),
    });
    try {
      await makeOwnNetwork(engine, wantedOf(expect));
    } catch (error) {
      const { replaced: former } = known;
      if (former === undefined || !(error instanceof BootletError) || error.code !== 'E_RUNTIME_REFUSED') throw error;
      // Pods rather have their old addresses than no network.
      await makeOwnNetwork(engine, former.network);
      // What failed is held from then on, and with it what would put others' containers back: they come first.
      const refused = await putBack();
      // Each try takes pods off the network.
      await remember({ text, network: describeExpected(expect), message: messageOf(error) });
      throw refused ?? error;
    }
    await rejoin();
  };

  const remove = async (network: BridgeNetwork, isReplaced: boolean): Promise<void> => {
    const known = await recall();
    if (!isReplaced) {
      await removeNetwork(engine, network.id, await containersOn(engine, network.id));
      // Nothing is to come in its place, for which they would wait.
      const { replaced: _, ...others } = known;
      return known.replaced === undefined ? undefined : memory.save(others);
    }
    const on = await othersOn(engine, network.id);
    const seen = await Promise.all(on.map((id) => joinedContainer(engine, id)));
    // Off it already where this was cut before.
    const off = (known.replaced?.containers ?? []).filter(({ id }) => !on.includes(id));
    const containers = [...off, ...seen.filter((container) => container !== undefined)];
    await memory.save({ ...known, replaced: { network: asItIs(network), containers } });
    return removeNetwork(engine, network.id, [...(await ownOn(network.id)), ...on]);
  };

  return { make, remove, rejoin };
};
