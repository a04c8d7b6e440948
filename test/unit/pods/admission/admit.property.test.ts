import fc from 'fast-check';
import { test } from 'tap';
import { type AdmissionInput, admitPods } from '../../../../daemon/pods/admission/admit.ts';
import { podsNamedBy } from '../../../../daemon/pods/admission/relations.ts';
import { type PodAdmission, type PodSpec, podKey } from '../../../../daemon/pods/resources.ts';
import { aNode, wanted } from '../../../support/pod-admission.ts';
import { aContainer } from '../../../support/pod-builders.ts';

const names = ['a', 'b', 'c', 'd'];
const someNames = fc.subarray(names).map((list) => list.join());
const CONFLICTS = 'bootlet.io/conflicts-with';

/** A pod in one of two versions, that asks for up to half of the node. */
const spec = (name: string): fc.Arbitrary<PodSpec | undefined> =>
  fc.option(
    fc
      .record({
        version: fc.constantFrom(1, 2),
        after: someNames,
        conflicts: someNames,
        cpu: fc.nat(1000),
        ssd: fc.boolean(),
      })
      .map(({ version, after, conflicts, cpu, ssd }) =>
        wanted(name, {
          uid: `${name}-${version}`,
          annotations: { 'bootlet.io/after': after, [CONFLICTS]: conflicts },
          spec: {
            ...(ssd ? { nodeSelector: { disk: 'ssd' } } : {}),
            containers: [aContainer('main', { resources: { requests: { cpu: `${cpu}m` } } })],
          },
        }),
      ),
    { nil: undefined },
  );

/** The node at one moment: the manifests, who is stopped, whose pod is Ready, whether it has the label, and whether its disk is full. */
const moment = fc.record({
  specs: fc.tuple(...names.map(spec)).map((list) => list.filter((s) => s !== undefined)),
  stopped: fc.subarray(names),
  ready: fc.subarray(names),
  labelled: fc.boolean(),
  full: fc.boolean(),
});

type Decided = ReadonlyMap<string, PodAdmission>;

const isIn = (decided: Decided, { uid, ...ref }: PodSpec): boolean => {
  const admission = decided.get(podKey(ref));
  return admission?.uid === uid && admission.state === 'admitted';
};

const exclude = (a: PodSpec, b: PodSpec): boolean =>
  [[a, b] as const, [b, a] as const].some(([one, other]) =>
    podsNamedBy(one, CONFLICTS).some(({ keys }) => keys.includes(podKey(other))),
  );

const cpuOf = ({ pod }: PodSpec): number =>
  Number.parseInt(pod.spec.containers[0]?.resources?.requests?.['cpu'] ?? '0', 10);

test('whatever is asked of the node, one moment after the other', async (t) => {
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 8 }), (moments) => {
      let before: Decided = new Map();
      for (const { specs, stopped, ready, labelled, full } of moments) {
        const stoppedKeys = new Set(stopped.map((name) => `default/${name}-n`));
        const status = (key: string) => {
          const found = specs.find((s) => podKey(s) === key);
          if (found === undefined || !ready.some((name) => key === `default/${name}-n`)) return undefined;
          return { ...found.pod, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
        };
        const input: AdmissionInput = {
          specs,
          before: (key) => before.get(key),
          status,
          running: () => new Set(),
          pods: () => [],
          known: () => new Set(),
          stopped: stoppedKeys,
          evicted: new Map(),
          node: aNode({ labels: labelled ? { disk: 'ssd' } : {}, pressures: full ? ['DiskPressure'] : [] }),
        };
        const decided = admitPods(input);
        const admitted = specs.filter((s) => isIn(decided, s));
        const fresh = admitted.filter((s) => !isIn(before, s));

        if (decided.size !== specs.length) throw new Error('each pod is decided');
        for (const s of specs) {
          if (stoppedKeys.has(podKey(s)) !== (decided.get(podKey(s))?.state === 'stopped'))
            throw new Error('stopped are those, and only those, that someone stopped');
          if (isIn(before, s) && !isIn(decided, s) && !stoppedKeys.has(podKey(s)))
            throw new Error('who was admitted stays so');
        }
        if (full && fresh.length > 0) throw new Error('a pod starts on a node that is short of something');
        for (const s of fresh) {
          if (s.pod.spec.nodeSelector !== undefined && !labelled)
            throw new Error('a pod runs where it does not belong');
          if (admitted.some((other) => other !== s && exclude(s, other)))
            throw new Error('two that exclude each other');
        }
        const asked = admitted.reduce((sum, s) => sum + cpuOf(s), 0);
        if (fresh.some((s) => cpuOf(s) > 0) && asked > 2000) throw new Error('more was given than the node has');
        const again = admitPods({ ...input, before: (key) => decided.get(key) });
        for (const s of specs)
          if (isIn(decided, s) !== isIn(again, s)) throw new Error('the same again gives the same');
        before = decided;
      }
    }),
    { numRuns: 500 },
  );
  t.pass('500 histories');
});
