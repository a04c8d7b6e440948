import { pino } from 'pino';
import { type Config, schema } from '../../daemon/config/schema.ts';
import type { HostFacts } from '../../daemon/host/facts/facts.ts';
import { buildBoundPods } from '../../daemon/main/bound-pods.ts';
import { buildIdentity } from '../../daemon/main/identity.ts';
import { buildRegistration } from '../../daemon/main/registration.ts';
import type { ClusterAccess } from '../../daemon/node/apiserver/access.ts';
import { ApiserverSession } from '../../daemon/node/apiserver/session.ts';
import { nodeMeters } from '../../daemon/node/meters.ts';
import { sessionType } from '../../daemon/node/resources.ts';
import type { Pod } from '../../daemon/pods/v1.ts';
import { type Clock, systemClock } from '../../daemon/reconcile/clock.ts';
import { Engine } from '../../daemon/reconcile/engine.ts';
import { EventRing } from '../../daemon/reconcile/events.ts';
import { Store } from '../../daemon/reconcile/store.ts';
import { type RuntimeState, runtimeStateType } from '../../daemon/runtime/resources.ts';
import {
  type NodePressure,
  nodePressureType,
  type PodNetwork,
  podNetworkType,
  podSpecType,
  podStatusType,
  sourcesReadyType,
} from '../../daemon/shared-resources.ts';
import { version } from '../../daemon/version.ts';
import { healthy, someFacts, statusInputs } from '../support/node-builders.ts';
import type { Scope } from './scope.ts';

export interface RegisteredHostOptions {
  readonly nodeName: string;
  /** Without one, the host joins by its configuration. */
  readonly access?: ClusterAccess;
  /** Where it keeps its state, and what it knows of the cluster, where it joins. */
  readonly config?: Partial<Pick<Config, 'paths' | 'cluster'>>;
  readonly node?: Partial<Config['node']>;
  readonly register?: boolean;
  readonly facts?: Partial<HostFacts>;
  readonly clock?: Clock;
  /** Whether pods and events go to the cluster, default false. */
  readonly showsPods?: boolean;
}

/** The parts of the daemon that make a Node and keep it alive, on a host whose state the test tells. */
export interface RegisteredHost {
  readonly store: Store;
  readonly events: EventRing;
  /** Labels that the placement of pods was told, one after the other. */
  readonly labelsSeen: readonly Readonly<Record<string, string>>[];
  runtime(state: Partial<RuntimeState>): void;
  network(state: PodNetwork): void;
  pressure(condition: string, pressure: NodePressure): void;
  /** A static pod as it stands, with its manifest; undefined: both are gone. */
  pod(key: string, pod: Pod | undefined): void;
  stop(): Promise<void>;
}

/** Starts them. The runtime answers and the network waits, as on a host that knows no range yet. */
export const startRegisteredHost = (scope: Scope, options: RegisteredHostOptions): RegisteredHost => {
  const { nodeName, access, clock = systemClock } = options;
  const store = new Store();
  const engine = new Engine({ store, clock, random: Math.random, onFailure: () => undefined });
  const events = new EventRing(clock);
  const log = pino({ level: 'silent' });
  const config: Config = {
    ...schema.fallback,
    nodeName,
    node: { ...schema.fallback.node, ...options.node },
    cluster: { ...schema.fallback.cluster, register: options.register ?? true },
    ...options.config,
  };
  const stopping = new AbortController();
  const labelsSeen: Readonly<Record<string, string>>[] = [];
  const { capacity, allocatable } = statusInputs();
  const facts = { ...someFacts, ...options.facts };
  const foundation = {
    ...{ config, log, clock, random: Math.random, store, events, engine, stopping: stopping.signal },
    addresses: { hostIPs: ['10.0.0.1'] },
  };
  const meters = nodeMeters();
  const session =
    access === undefined
      ? buildIdentity(foundation, facts, meters)
      : new ApiserverSession({ ...foundation, ...meters, nodeName, sessions: store.claim(sessionType, 'session') });
  const { watch } = buildRegistration(foundation, {
    apiserver: session,
    host: { nodeName, version, facts, capacity, allocatable, addresses: foundation.addresses },
    runtime: { images: async () => [] },
    meters,
    labels: { see: async (labels) => void labelsSeen.push(labels) },
  });
  const parts = [watch, ...(options.showsPods === true ? buildBoundPods(foundation, session) : [])];
  const specs = store.claim(podSpecType, 'test');
  const statuses = store.claim(podStatusType, 'test');
  store.claim(sourcesReadyType, 'test').put('/manifests', { pods: 0 });
  const runtimes = store.claim(runtimeStateType, 'test');
  const networks = store.claim(podNetworkType, 'test');
  const pressures = store.claim(nodePressureType, 'test');
  const runtimeState = {
    name: 'docker',
    version: '20.10.24',
    apiVersion: '1.41',
    ready: true,
    message: '',
    listed: true,
  };
  runtimes.put('docker', runtimeState);
  networks.put(nodeName, { state: 'waiting', reason: 'NoPodCIDR', message: 'no range is known' });
  for (const [condition, pressure] of healthy.pressures) pressures.put(condition, pressure);

  engine.start();
  session.start();
  for (const part of parts) part.start();
  if (access !== undefined) session.use(access);
  const stop = async (): Promise<void> => {
    stopping.abort();
    for (const part of parts) part.stop();
    await session.stop();
    await engine.stop();
  };
  scope.teardown(stop);
  return {
    store,
    events,
    labelsSeen,
    runtime: (state) => runtimes.put('docker', { ...runtimeState, ...state }),
    network: (state) => networks.put(nodeName, state),
    pressure: (condition, pressure) => pressures.put(condition, pressure),
    pod: (key, pod) => {
      if (pod === undefined) {
        specs.remove(key);
        statuses.remove(key);
        return;
      }
      const { uid = '', namespace, name } = pod.metadata;
      specs.put(key, { uid, namespace: namespace ?? '', name, pod, source: `/manifests/${name}.yaml` });
      statuses.put(key, { pod });
    },
    stop,
  };
};
