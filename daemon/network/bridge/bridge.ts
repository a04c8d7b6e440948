import { BootletError } from '../../errors.ts';
import { parseCidr, showCidr } from '../../host/ip/cidr.ts';
import { readHostNetwork } from '../../host/ip/host-network.ts';
import type { Route } from '../../host/ip/routes.ts';
import { outputOf, type RunTool } from '../../host/run-tool.ts';
import type { Sysctls } from '../../host/sysctls.ts';
import { type HostSetting, hostSetting } from '../host-setting.ts';
import { refuseOtherKind } from '../spec/refusals.ts';
import { acceptRaFile, type Command } from './attributes.ts';
import type { BridgeChange } from './bridge-change.ts';
import { bridgesIn, entriesOf, ownAddresses } from './entries.ts';
import { bridgeIn, type ObservedBridge } from './observe.ts';
import { OrphanFinder, type OrphanFinderOptions } from './orphans.ts';
import { planBridge } from './plan-bridge.ts';
import { planRemoval } from './plan-removal.ts';
import { planRoutes } from './plan-routes.ts';
import { targetOf } from './target.ts';

export interface BridgeOptions extends OrphanFinderOptions {
  readonly run: RunTool;
  readonly sysctls: Sysctls;
  /** Subnets of Docker's own network, where it is on this bridge. Undefined while Docker does not answer. */
  readonly subnetsOn: (bridge: string) => Promise<readonly string[] | undefined>;
  /** Whether Docker makes the bridge (`network.docker.attach: bip`). */
  readonly isDockers: boolean;
}

/** By name: the one that is wanted, or those of the ledger, which are to go. */
type Observed = ReadonlyMap<string, ObservedBridge & { readonly routes: readonly Route[] }>;

/** Whether an address with its prefix is of exactly this network. */
const isOfNetwork = (address: string, network: string): boolean => {
  const [one, other] = [parseCidr(address), parseCidr(network)];
  return one !== undefined && other !== undefined && showCidr(one) === showCidr(other);
};

/**
 * The bridge that containers are on: its address, MTU and state, an address for each family, hairpin. One of the name
 * that was there before is kept, and gets back what it was.
 */
export const bridgeSetting = ({ run, sysctls, sandboxesOn, subnetsOn, isDockers }: BridgeOptions): HostSetting => {
  /** Docker did not say what was asked, and nothing may tell when it would. */
  let isUnsure = false;
  const noting =
    <T>(ask: (bridge: string) => Promise<T | undefined>) =>
    async (bridge: string): Promise<T | undefined> => {
      const answer = await ask(bridge);
      if (answer === undefined) isUnsure = true;
      return answer;
    };
  const orphans = new OrphanFinder({ run, sandboxesOn: noting(sandboxesOn) });
  const subnetsOf = noting(subnetsOn);
  /** Of earlier addresses those that containers may have as their gateway. */
  const gatewaysAmong = async (bridge: string, earlier: readonly string[]): Promise<readonly string[]> => {
    const subnets = earlier.length === 0 ? [] : await subnetsOf(bridge);
    return subnets === undefined
      ? earlier
      : earlier.filter((address) => subnets.some((one) => isOfNetwork(address, one)));
  };
  return hostSetting<Observed, BridgeChange>({
    name: 'bridge',
    after: ['kernel'],
    wokenBy: ['links', 'docker'],
    get polled() {
      return isUnsure;
    },
    async observe(spec, originals) {
      isUnsure = false;
      const { links, routes } = await readHostNetwork(run);
      const kept = bridgesIn(originals);
      const acceptRa = (of: string) => sysctls.read(acceptRaFile(of));
      if (spec === undefined) {
        return new Map(kept.map((n) => [n, { ...bridgeIn(links, n, acceptRa), orphans: [], gateways: [], routes }]));
      }
      const { name } = spec.bridge;
      const other = kept.find((n) => n !== name);
      if (other !== undefined) {
        const hint = 'put network.bridge.name and network.docker.attach back, or run bootlet reset --network first';
        throw new BootletError(
          'E_NETWORK_REFUSED',
          `the bridge is to be ${name} now, but bootlet still keeps ${other}`,
          { hint, retryable: false },
        );
      }
      refuseOtherKind(name, links);
      const seen = bridgeIn(links, name, acceptRa);
      const { addresses } = targetOf(spec, isDockers);
      const own = ownAddresses(entriesOf(originals, name)).filter((address) => !addresses.includes(address));
      const [found, gateways] = await Promise.all([
        orphans.find(name, links),
        gatewaysAmong(
          name,
          own.filter((address) => seen.addresses.includes(address)),
        ),
      ]);
      return new Map([[name, { ...seen, orphans: found, gateways, routes }]]);
    },
    diff: ({ spec, observed, originals }) =>
      [...observed].flatMap(([name, bridge]) => {
        if (spec === undefined) return planRemoval(name, bridge, originals);
        const target = targetOf(spec, isDockers);
        return [...planBridge(target, bridge, originals), ...planRoutes(target, bridge, bridge.routes)];
      }),
    async apply({ commands }) {
      for (const command of commands) await perform(command, run, sysctls);
    },
  });
};

const perform = async (command: Command, run: RunTool, sysctls: Sysctls): Promise<void> => {
  switch (command.kind) {
    case 'ip':
      await outputOf(run, 'ip', command.args);
      return;
    case 'ip-batch':
      await outputOf(run, 'ip', ['-force', '-batch', '-'], { input: command.lines.join('\n') });
      return;
    case 'sysctl':
      await sysctls.write(command.file, command.value);
      return;
    default:
      command satisfies never;
  }
};
