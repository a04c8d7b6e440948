import type { BridgeNetwork } from '../../../../daemon/runtime/docker/bridge-network.ts';
import type { EngineState } from '../../../../daemon/runtime/docker/engine-state.ts';

export const anEngineState = (more: Partial<EngineState> = {}): EngineState => ({
  version: '20.10.24',
  liveRestore: false,
  isInSwarm: false,
  running: 0,
  foreignContainers: [],
  cgroupDriver: 'cgroupfs',
  cgroupVersion: '1',
  insecureRegistries: ['127.0.0.0/8'],
  registryMirrors: [],
  bridge: undefined,
  userNetworks: [],
  networks: [],
  ...more,
});

/** Docker's own network, on cbr0. */
export const aBridgeNetwork = (more: Partial<BridgeNetwork> = {}): BridgeNetwork => ({
  id: '9ae9cc3f929c',
  name: 'bridge',
  bridgeName: 'cbr0',
  subnets: [{ subnet: '10.22.3.0/24', gateway: '10.22.3.1' }],
  mtu: 1500,
  isMasqueraded: true,
  isOwn: false,
  ...more,
});
