import { type AdmissionInput, admitPods } from '../../daemon/pods/admission/admit.ts';
import type { AdmittingNode } from '../../daemon/pods/admission/node.ts';
import type { PodAdmission, PodSpec } from '../../daemon/pods/resources.ts';
import type { Pod, PodSpec as V1PodSpec } from '../../daemon/pods/v1.ts';
import { aContainer } from './pod-builders.ts';

/** A node of 2 CPUs and 1 GiB. */
export const aNode = (more: Partial<AdmittingNode> = {}): AdmittingNode => ({
  name: 'n',
  labels: { 'kubernetes.io/os': 'linux' },
  allocatable: new Map([
    ['pods', 110n],
    ['cpu', 2000n],
    ['memory', 2n ** 30n],
  ]),
  appArmor: false,
  unsafeSysctls: [],
  pressures: [],
  ...more,
});

export interface WantedOptions {
  readonly uid?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<V1PodSpec>;
}

/** A wanted pod `default/NAME-n`, from `/manifests/NAME.yaml`. */
export const wanted = (
  name: string,
  { uid = `${name}-1`, annotations = {}, labels = {}, spec = {} }: WantedOptions = {},
): PodSpec => {
  const metadata = { name: `${name}-n`, namespace: 'default', uid, annotations, labels };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { nodeName: 'n', containers: [aContainer()], ...spec },
  };
  return { uid, namespace: 'default', name: metadata.name, pod, source: `/manifests/${name}.yaml` };
};

/** What is decided of each pod, by the name in its manifest. */
export const admitted = (
  input: Partial<AdmissionInput> & Pick<AdmissionInput, 'specs'>,
): Readonly<Record<string, PodAdmission>> => {
  const before: AdmissionInput['before'] = input.before ?? (() => undefined);
  const decided = admitPods({
    status: () => undefined,
    evicted: new Map(),
    running: () => new Set(),
    pods: () => [],
    known: () => new Set(),
    stopped: new Set(),
    node: aNode(),
    ...input,
    before,
  });
  return Object.fromEntries([...decided].map(([key, admission]) => [key.replace(/^default\/|-n$/g, ''), admission]));
};
