import fc from 'fast-check';
import { test } from 'tap';
import { startApiserver } from '../lab/apiserver.ts';
import { askApiserver, askBootlet, differences, isObject } from '../support/apiserver-verdict.ts';
import { podManifest } from '../support/pod-arbitrary.ts';
import { missing } from '../support/requires.ts';

/** Enough for Kubernetes to be built from nothing. */
const TIMEOUT_MS = 30 * 60_000;
/** How many manifests are judged at a time; the batch that finds a disagreement shrinks to the one manifest. */
const BATCH = 100;

const seed = Number(process.env['BOOTLET_DIFFERENTIAL_SEED'] ?? 20_261_121);
const manifests = Number(process.env['BOOTLET_DIFFERENTIAL_MANIFESTS'] ?? 5000);

/** What the apiserver does to a pod before it validates it, or in place of a cluster; a kubelet's file source has none of it. */
const withoutAdmission = [
  'DefaultTolerationSeconds', // adds tolerations
  'LimitRanger', // a cluster's limits and defaults
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'NamespaceLifecycle', // needs the namespace
  'NodeDeclaredFeatureValidator', // needs the Node
  'PodGroupWorkloadExists', // needs the PodGroup
  'PodSecurity', // a cluster's policy
  'PodTopologyLabels', // adds labels of the Node
  'Priority', // resolves priorityClassName, which needs the class
  'ResourceQuota', // a cluster's quota
  'RuntimeClass', // needs the class
  'ServiceAccount', // needs the account, adds a volume
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
];

/** While these are off, the apiserver drops their fields, and so never checks them; a kubelet's file source checks what it is given. */
const gates = [
  'ClusterTrustBundle',
  'ClusterTrustBundleProjection',
  'ContainerStopSignals',
  'GenericWorkload',
  'PodCertificateRequest',
];

interface SetAside {
  readonly what: string;
  readonly why: string;
  remove(metadata: Record<string, unknown>, spec: Record<string, unknown>): void;
}

/**
 * What is taken out of the generated manifests, since the two must disagree about it. Quantities of 2^63 thousandths and more are
 * not generated at all: there Kubernetes takes what its integers overflow to.
 */
const setAside: readonly SetAside[] = [
  {
    what: 'metadata.managedFields, metadata.generation',
    why: 'the apiserver writes its own in their place before it validates',
    remove: (metadata) => {
      delete metadata['managedFields'];
      delete metadata['generation'];
    },
  },
  {
    what: 'metadata.resourceVersion',
    why: 'no object is created with one',
    remove: (metadata) => {
      delete metadata['resourceVersion'];
    },
  },
  {
    what: 'metadata.uid',
    why: 'the apiserver writes its own in its place',
    remove: (metadata) => {
      delete metadata['uid'];
    },
  },
  {
    what: 'metadata.namespace',
    why: 'it is part of the address that the pod is sent to, where no invalid one can be',
    remove: (metadata) => {
      delete metadata['namespace'];
    },
  },
  {
    what: 'an empty metadata.name',
    why: 'the kubelet stops there; the apiserver goes on, with generateName if there is one',
    remove: (metadata) => {
      if (!metadata['name']) metadata['name'] = 'web';
    },
  },
  {
    what: 'labels that matchLabelKeys or mismatchLabelKeys name',
    why: 'the apiserver moves their values into the selectors, before it validates',
    remove: ({ labels }, spec) => {
      const named = [...JSON.stringify(spec).matchAll(/atchLabelKeys":(\[[^\]]*\])/g)].map(([, keys = '']) => keys);
      if (!isObject(labels)) return;
      for (const key of Object.keys(labels))
        if (named.some((keys) => keys.includes(JSON.stringify(key)))) delete labels[key];
    },
  },
  {
    what: 'annotations that name AppArmor profiles',
    why: 'the apiserver writes them into securityContext, for kubelets of before 1.30',
    remove: ({ annotations }) => {
      if (!isObject(annotations)) return;
      for (const key of Object.keys(annotations))
        if (key.startsWith('container.apparmor.security.beta.kubernetes.io/')) delete annotations[key];
    },
  },
  {
    what: 'image volumes without a reference',
    why: 'the apiserver asks for one in a Pod alone (ResourceIsPod), which the kubelet forgets to say it has',
    remove: (_metadata, { volumes }) => {
      for (const volume of Array.isArray(volumes) ? volumes : [])
        if (isObject(volume?.image)) volume.image['reference'] ||= 'web';
    },
  },
];

const prepared = (manifest: unknown): unknown => {
  const copy = structuredClone(manifest);
  if (isObject(copy) && isObject(copy['metadata']) && isObject(copy['spec']))
    for (const { remove } of setAside) remove(copy['metadata'], copy['spec']);
  return copy;
};

test('generated manifests: the apiserver’s dry run and bootlet agree on verdict, faults and defaults', {
  skip: missing('etcd', 'go'),
  timeout: TIMEOUT_MS,
}, async (t) => {
  const apiserver = await startApiserver(t, { withoutAdmission, gates });
  const counts = { accepted: 0, validation: 0, strict: 0, decoding: 0 };

  const disagreement = async (manifest: unknown): Promise<string[]> => {
    const theirs = await askApiserver(apiserver, manifest);
    counts[theirs.stage] += 1;
    const found = differences(askBootlet(manifest), theirs);
    return found.length === 0 ? [] : [...found, `of ${JSON.stringify(manifest)}`];
  };
  const batch = fc.array(podManifest().map(prepared), { minLength: 1, maxLength: BATCH, size: 'max' });
  const agree = fc.asyncProperty(batch, async (some) => {
    const found = (await Promise.all(some.map(disagreement))).flat();
    if (found.length > 0) throw new Error(found.join('\n'));
  });
  // Lengths are even from 1 to BATCH.
  const details = await fc.check(agree, { seed, numRuns: Math.ceil((2 * manifests) / BATCH) });
  t.comment(`seed ${seed}: ${JSON.stringify(counts)}`);
  t.notOk(details.failed, fc.defaultReportMessage(details) ?? '');
});
