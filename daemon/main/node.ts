import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { hasCluster } from '../config/cluster.ts';
import { readHostFacts } from '../host/facts/facts.ts';
import { TokenFileWatch } from '../node/credentials/token-file-watch.ts';
import { type NodeMeters, nodeMeters } from '../node/meters.ts';
import { initialNode } from '../node/object/initial-node.ts';
import { tokenFileType } from '../node/resources.ts';
import { statusInputsOf } from '../node/status/inputs.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import { version } from '../version.ts';
import type { AdmissionParts } from './admission.ts';
import { buildBoundPods } from './bound-pods.ts';
import type { Foundation } from './foundation.ts';
import { buildIdentity } from './identity.ts';
import { buildRegistration } from './registration.ts';

export interface NodeNeeds {
  readonly admission: Pick<AdmissionParts, 'capacity' | 'allocatable' | 'labels'>;
  readonly runtime: Pick<ContainerRuntime, 'images'>;
}

export interface NodeParts {
  /** To be started with the engine, and stopped with it. */
  readonly parts: readonly { start(): Promise<void> | void; stop(): Promise<void> | void }[];
  /** The Node of this host as it would be made now, whether or not there is a cluster. */
  readonly planned: () => Node;
  readonly meters: NodeMeters;
}

/** The host as a node of a cluster, where one is configured: its identity, its Node, and what the two tell each other. */
export const buildNode = (foundation: Foundation, { admission, runtime }: NodeNeeds): NodeParts => {
  const { config, store, clock, addresses } = foundation;
  const facts = readHostFacts('/');
  const host = { nodeName: config.nodeName, version, facts, ...admission, addresses };
  const planned = (): Node => initialNode(config, statusInputsOf(store, host), clock.now());
  const meters = nodeMeters();
  if (!hasCluster(config.cluster)) return { parts: [], planned, meters };
  const session = buildIdentity(foundation, facts, meters);
  const { labels } = admission;
  const { watch } = buildRegistration(foundation, { apiserver: session, host, runtime, meters, labels });
  // Of a Node that somebody else makes, the pods are somebody else's too.
  const boundPods = config.cluster.register ? buildBoundPods(foundation, session) : [];
  return { parts: [session, watch, ...tokenFileWatch(foundation), ...boundPods], planned, meters };
};

/** None where the host is known by something else. */
const tokenFileWatch = ({ config, store, clock, log }: Foundation): readonly TokenFileWatch[] => {
  const { nodeName, cluster } = config;
  if (cluster.auth !== 'bootstrap-token' && cluster.auth !== 'token') return [];
  const changes = store.claim(tokenFileType, 'token-file-watch');
  return [new TokenFileWatch({ nodeName, file: cluster.tokenFile, changes, clock, log })];
};
