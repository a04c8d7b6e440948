import { NETWORK_OPTION, OWN_LABEL } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';

/** The network that bootlet makes by Docker's API, beside Docker's own. */
export const OWN_NETWORK = 'bootlet';

export interface OwnNetwork {
  /** It is there: Docker takes it over with its addresses, its MAC and its MTU, and leaves it when the network goes. */
  readonly bridgeName: string;
  /** That containers get; Docker's own choice where there is none. */
  readonly mtu?: number;
  /** One per family. */
  readonly subnets: readonly { readonly subnet: string; readonly gateway: string }[];
}

/**
 * Makes it, which needs no start of Docker and ends no container. What packets need besides is not Docker's to do.
 * @throws BootletError E_RUNTIME_REFUSED where a network has its name, its bridge or some of its addresses; E_RUNTIME_UNAVAILABLE, E_TIMEOUT
 */
export const makeOwnNetwork = async (
  engine: Pick<DockerEngine, 'call'>,
  { bridgeName, mtu, subnets }: OwnNetwork,
): Promise<void> => {
  const body = {
    Name: OWN_NETWORK,
    CheckDuplicate: true,
    Driver: 'bridge',
    EnableIPv6: subnets.some(({ subnet }) => subnet.includes(':')),
    IPAM: { Driver: 'default', Config: subnets.map(({ subnet, gateway }) => ({ Subnet: subnet, Gateway: gateway })) },
    Options: {
      [NETWORK_OPTION.bridgeName]: bridgeName,
      [NETWORK_OPTION.masquerade]: 'false',
      ...(mtu === undefined ? {} : { [NETWORK_OPTION.mtu]: String(mtu) }),
    },
    Labels: { [OWN_LABEL]: '' },
  };
  await engine.call({ method: 'POST', path: '/networks/create', body });
};

/**
 * Takes a network away, and these containers off it: they run on without one. The bridge stays.
 * @param containers ids; of those that do not run too, which would not start without it
 * @throws BootletError E_RUNTIME_REFUSED where a container came on it meanwhile; E_RUNTIME_UNAVAILABLE, E_TIMEOUT
 */
export const removeNetwork = async (
  engine: Pick<DockerEngine, 'call'>,
  id: string,
  containers: readonly string[],
): Promise<void> => {
  for (const container of containers) {
    const body = { Container: container, Force: true };
    await engine.call({ method: 'POST', path: `/networks/${id}/disconnect`, body, expect: [404] });
  }
  await engine.call({ method: 'DELETE', path: `/networks/${id}`, expect: [404] });
};
