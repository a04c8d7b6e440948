import { hasCluster } from '../config/cluster.ts';
import { readHostFacts } from '../host/facts/facts.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import type { AdmissionParts } from './admission.ts';
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
}

/** The host as a node of a cluster, where one is configured: its identity, its Node, and what the two tell each other. */
export const buildNode = (foundation: Foundation, { admission, runtime }: NodeNeeds): NodeParts => {
  if (!hasCluster(foundation.config.cluster)) return { parts: [] };
  const facts = readHostFacts('/');
  const session = buildIdentity(foundation, facts);
  const { watch } = buildRegistration(foundation, { apiserver: session, facts, runtime, ...admission });
  return { parts: [session, watch] };
};
