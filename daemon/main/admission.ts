import { join } from 'node:path';
import { hasAppArmor, hostCapacity } from '../host/capacity.ts';
import { allocatableOf, nodeCapacity } from '../pods/admission/allocatable.ts';
import { admissionController } from '../pods/admission/controller.ts';
import { NodeLabels } from '../pods/admission/node-labels.ts';
import { StoppedPods } from '../pods/admission/stopped-pods.ts';
import type { PodEvents } from '../pods/record/pod-events.ts';
import { stoppedPodType } from '../pods/resources.ts';
import { nodeLabelsType } from '../shared-resources.ts';
import type { Foundation } from './foundation.ts';

const KERNEL = { sys: '/sys' };

export interface AdmissionParts {
  readonly stopped: StoppedPods;
  /** What this host has, and what pods may use of it; cpu in thousandths. */
  readonly capacity: ReadonlyMap<string, bigint>;
  readonly allocatable: ReadonlyMap<string, bigint>;
  readonly labels: NodeLabels;
}

/** Which pods may run on this node, and which of them someone stopped. */
export const buildAdmission = async (
  { config, store, engine }: Foundation,
  events: PodEvents,
): Promise<AdmissionParts> => {
  const { paths, nodeName, node, pods } = config;
  const labels = new NodeLabels({
    nodeName,
    architecture: process.arch,
    configured: node.labels,
    file: join(paths.state, 'node-labels.json'),
    labels: store.claim(nodeLabelsType, 'node-labels'),
  });
  await labels.load();
  const stopped = new StoppedPods({
    file: join(paths.state, 'stopped-pods.json'),
    store,
    stopped: store.claim(stoppedPodType, 'stopped-pods'),
  });
  await stopped.load();
  engine.add(stopped.sweep());
  const [host, appArmor] = await Promise.all([hostCapacity(paths.state, KERNEL), hasAppArmor(KERNEL)]);
  const capacity = nodeCapacity(host, pods.maxPods);
  const allocatable = allocatableOf(capacity, { ...node, maxPods: pods.maxPods });
  const { allowedUnsafeSysctls: unsafeSysctls } = pods;
  engine.add(
    admissionController({
      node: { name: nodeName, allocatable, appArmor, unsafeSysctls },
      mindsPressure: pods.eviction === 'priority',
      events,
    }),
  );
  return { stopped, capacity, allocatable, labels };
};
