import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { pino } from 'pino';
import { hasCluster } from './config/cluster.ts';
import type { Config } from './config/schema.ts';
import { BootletError } from './errors.ts';
import { hostAddresses } from './host/addresses.ts';
import { hostCapacity } from './host/capacity.ts';
import { type HostFacts, readHostFacts } from './host/facts/facts.ts';
import { lockState } from './host/state-lock.ts';
import type { Foundation } from './main/foundation.ts';
import { buildIdentity } from './main/identity.ts';
import { connectTo } from './node/apiserver/connect.ts';
import { checkToken } from './node/discovery/check-token.ts';
import { Discoverer } from './node/discovery/discoverer.ts';
import type { ClusterTrust } from './node/discovery/trust.ts';
import { nodeMeters } from './node/meters.ts';
import { initialNode } from './node/object/initial-node.ts';
import { lackOfTaints } from './node/object/taints.ts';
import { type NameHolder, nodeCheck } from './node/registration/node-check.ts';
import { nodeWatch } from './node/registration/node-watch.ts';
import { labelsOutcome, registrationOutcome } from './node/registration/outcome.ts';
import { registrationController } from './node/registration/registration.ts';
import { clusterNodeType } from './node/resources.ts';
import { statusInputsOf } from './node/status/inputs.ts';
import { allocatableOf, nodeCapacity } from './pods/admission/allocatable.ts';
import { systemClock as clock } from './reconcile/clock.ts';
import { Engine } from './reconcile/engine.ts';
import { EventRing } from './reconcile/events.ts';
import { type Reader, Store } from './reconcile/store.ts';
import { version } from './version.ts';

export interface RegisterOptions {
  /** What happens, a line at a time. */
  readonly onProgress: (text: string) => void;
  /** How long may be waited for others: a signature, an approval, a server that is away. */
  readonly patienceMs: number;
}

/** What would be done. */
export interface RegistrationPlan {
  readonly trust: ClusterTrust;
  readonly node: Node;
}

/**
 * Does once what the daemon does always: finds out who the cluster is, gets the host its identity, and makes its Node.
 * What that leaves on the host is what the daemon goes on with.
 * @throws BootletError E_STATE_LOCKED while a daemon runs; E_TIMEOUT; what else keeps the host out, by its own code
 */
export const registerHost = async (config: Config, options: RegisterOptions): Promise<Node> => {
  refuseWithoutCluster(config);
  await mkdir(config.paths.state, { recursive: true, mode: 0o700 });
  const lock = await lockState(config.paths.state);
  const own = { ...config, paths: { ...config.paths, state: lock.folder } };
  const stopping = new AbortController();
  const foundation = buildFoundation(own, stopping.signal);
  const { store, engine, events, random, log } = foundation;
  const facts = readHostFacts('/');
  const session = buildIdentity(foundation, facts, nodeMeters());
  const { nodeName } = config;
  tellWarnings(events, options);
  const base = { nodeName, apiserver: session, clock, random, events };
  const statusInputs = await statusInputsFor(own, facts);
  engine.add(registrationController({ ...base, config: own, register: true, facts, statusInputs }));
  const watch = nodeWatch({ ...base, store, nodes: store.claim(clusterNodeType, 'node-watch'), log });
  try {
    const registered = registrationOutcome({ store, nodeName, ...options });
    engine.start();
    session.start();
    watch.start();
    const node = await registered;
    await labelsOutcome({ store, nodeName, patienceMs: options.patienceMs, settled: engine.stop() });
    return node;
  } finally {
    stopping.abort();
    watch.stop();
    await session.stop();
    await engine.stop();
    await lock.release();
  }
};

/**
 * The same as far as nothing is changed by it, on the host or in the cluster.
 * @throws BootletError as registerHost, but for E_STATE_LOCKED
 */
export const planRegistration = async (config: Config, options: RegisterOptions): Promise<RegistrationPlan> => {
  refuseWithoutCluster(config);
  const stopping = new AbortController().signal;
  const facts = readHostFacts('/');
  const trust = await trustOf(config, facts, stopping, options);
  const inputs = await statusInputsFor(config, facts);
  return { trust, node: initialNode(config, inputs(new Store()), clock.now()) };
};

const trustOf = async (
  config: Config,
  facts: HostFacts,
  stopping: AbortSignal,
  { onProgress, patienceMs }: RegisterOptions,
): Promise<ClusterTrust> => {
  const { cluster, nodeName } = config;
  if (cluster.auth !== 'bootstrap-token') {
    const found = await new Discoverer({ cluster, clock, stopping }).discover();
    if (found.state === 'waiting') throw new BootletError('E_TIMEOUT', found.message, { hint: found.advice });
    onProgress(`the cluster is known: ${found.servers.join(', ')}`);
    return found;
  }
  const { token, trust } = await checkToken({ cluster, clock, stopping, patienceMs, onProgress });
  const access = { ...trust, identity: { kind: 'token', token: token.token } } as const;
  await using apiserver = connectTo(access, clock, nodeMeters());
  for (const text of toldOf(await nodeCheck(apiserver, { nodeName, ...facts }, clock.now()), nodeName))
    onProgress(text);
  return trust;
};

const toldOf = (holder: NameHolder, nodeName: string): readonly string[] => {
  if (holder.state === 'unreadable')
    return [`whether the name ${nodeName} is free is not known: the token may not read Nodes`];
  const isFree = `the name ${nodeName} is free, or this host's`;
  if (holder.state === 'free') return [isFree];
  const clone = holder.state === 'clone' ? [holder.message] : [];
  const lack = lackOfTaints(holder.node);
  return [...clone, isFree, ...(lack === undefined ? [] : [`${lack.message}; ${lack.command}`])];
};

/** What the daemon would report as an event: a clone of this host, taints that the Node lacks. */
const tellWarnings = (events: EventRing, { onProgress }: Pick<RegisterOptions, 'onProgress'>): void => {
  events.watch(({ type, message }) => {
    if (type === 'Warning') onProgress(message);
  });
};

const refuseWithoutCluster = ({ cluster }: Config): void => {
  if (hasCluster(cluster)) return;
  throw new BootletError('E_USAGE', 'there is no cluster to register with', {
    hint: 'give --server, or cluster.servers in the configuration',
  });
};

const addressesOf = ({ nodeIPs }: Config): Foundation['addresses'] => {
  const hostIPs = hostAddresses(clock);
  return {
    get hostIPs() {
      return nodeIPs.length > 0 ? nodeIPs : hostIPs();
    },
  };
};

const buildFoundation = (config: Config, stopping: AbortSignal): Foundation => {
  const store = new Store();
  const engine = new Engine({ store, clock, random: Math.random, onFailure: () => undefined });
  const log = pino({ level: 'silent' });
  const events = new EventRing(clock);
  return { config, log, clock, random: Math.random, store, events, engine, stopping, addresses: addressesOf(config) };
};

/** The host as it is told before its runtime was asked: the daemon tells the rest. */
const statusInputsFor = async (config: Config, facts: HostFacts) => {
  const { nodeName, node, pods } = config;
  const folder = existsSync(config.paths.state) ? config.paths.state : '/';
  const capacity = nodeCapacity(await hostCapacity(folder, { sys: '/sys' }), pods.maxPods);
  const allocatable = allocatableOf(capacity, { ...node, maxPods: pods.maxPods });
  const addresses = addressesOf(config);
  const host = { nodeName, version, facts, capacity, allocatable, addresses };
  return (store: Reader) => statusInputsOf(store, host);
};
