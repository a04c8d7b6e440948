import type { EngineState } from '../../../../daemon/runtime/docker/engine-state.ts';

export const anEngineState = (more: Partial<EngineState> = {}): EngineState => ({
  version: '20.10.24',
  liveRestore: false,
  isInSwarm: false,
  running: 0,
  cgroupDriver: 'cgroupfs',
  cgroupVersion: '1',
  insecureRegistries: ['127.0.0.0/8'],
  registryMirrors: [],
  bridge: undefined,
  ...more,
});
