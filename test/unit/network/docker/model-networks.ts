import { BootletError } from '../../../../daemon/errors.ts';
import type { Call } from '../../../../daemon/runtime/docker/client.ts';
import type { EngineState } from '../../../../daemon/runtime/docker/engine-state.ts';
import { aBridgeNetwork, anEngineState } from './builders.ts';

export interface ModelNetworksOptions {
  /** A subnet that Docker refuses. */
  readonly taken?: string;
  /** Containers that Docker puts on no network. */
  readonly unjoinable?: readonly string[];
  /** A container of others that somebody puts on the network as the first is taken off it. */
  readonly newcomer?: string;
}

/** A Docker whose network bootlet has this subnet, with a pod on it, a container of others, `web`, and one of theirs that does not run, `job`. */
export interface ModelNetworks {
  call(call: Call): Promise<{ readonly status: number; readonly body: unknown }>;
  state(): EngineState;
  /** Of the network bootlet; undefined: there is none. */
  subnet(): string | undefined;
  /** Containers that have the network that is there, with the names that they are known by on it. */
  joined(): Readonly<Record<string, readonly string[]>>;
}

interface Endpoint {
  readonly network: string;
  readonly aliases: readonly string[];
}

/** Of a network that is to be made. */
const subnetOf = (body: unknown): string =>
  (body as { readonly IPAM: { readonly Config: readonly [{ readonly Subnet: string }] } }).IPAM.Config[0].Subnet;

const fields = (value: unknown) => (value ?? {}) as Readonly<Record<string, never>>;

export const modelNetworks = (subnet: string, options: ModelNetworksOptions = {}): ModelNetworks => {
  let made = 1;
  let network: { readonly id: string; readonly subnet: string } | undefined = { id: 'n1', subnet };
  const endpoints = new Map<string, Endpoint>(
    ['pod', 'web', 'job'].map((name) => [name, { network: 'n1', aliases: [`${name}.lab`] }]),
  );
  const joined = () => [...endpoints].filter(([, endpoint]) => endpoint.network === network?.id);
  /** Of what does not run Docker's network knows nothing. */
  const running = () => joined().filter(([name]) => name !== 'job');

  const create = (body: unknown): unknown => {
    const wanted = subnetOf(body);
    if (wanted === options.taken) throw new BootletError('E_RUNTIME_REFUSED', 'Pool overlaps with other one');
    made += 1;
    network = { id: `n${made}`, subnet: wanted };
    return {};
  };
  let { newcomer } = options;
  const disconnect = (name: string): unknown => {
    endpoints.delete(name);
    if (newcomer !== undefined) connect(newcomer, [`${newcomer}.lab`]);
    newcomer = undefined;
    return {};
  };
  const remove = (): unknown => {
    if (running().length > 0) throw new BootletError('E_RUNTIME_REFUSED', 'network bootlet has active endpoints');
    network = undefined;
    return {};
  };
  const connect = (name: string, aliases: readonly string[]): unknown => {
    if (options.unjoinable?.includes(name)) throw new BootletError('E_RUNTIME_REFUSED', 'no available address');
    endpoints.set(name, { network: network?.id ?? '', aliases });
    return {};
  };
  const answer = ({ method, path, body }: Call): unknown => {
    const [, kind, id = '', verb] = path.split('/');
    if (path === '/containers/json')
      return joined().map(([name]) => ({
        Id: name,
        Names: [`/${name}`],
        Labels: name === 'pod' ? { 'io.bootlet.instance': 'i' } : {},
      }));
    if (kind === 'containers')
      return { NetworkSettings: { Networks: { bootlet: { Aliases: endpoints.get(id)?.aliases } } } };
    if (id === 'create') return create(body);
    const container: string = fields(body)['Container'] ?? '';
    if (verb === 'connect') return connect(container, fields(fields(body)['EndpointConfig'])['Aliases'] ?? []);
    if (verb === 'disconnect') return disconnect(container);
    if (method === 'DELETE') return remove();
    return { Containers: Object.fromEntries(running()) };
  };
  const own = () =>
    network === undefined
      ? []
      : [
          aBridgeNetwork({
            id: network.id,
            name: 'bootlet',
            isOwn: true,
            subnets: [{ subnet: network.subnet, gateway: network.subnet.replace('0/24', '1') }],
          }),
        ];
  return {
    call: async (call) => ({ status: 200, body: answer(call) }),
    state: () => anEngineState({ userNetworks: own() }),
    subnet: () => network?.subnet,
    joined: () => Object.fromEntries(joined().map(([name, { aliases }]) => [name, aliases])),
  };
};
