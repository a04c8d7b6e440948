import fc from 'fast-check';
import { test } from 'tap';
import { evictionMessage } from '../../../../daemon/pods/pressure/message.ts';
import { type Candidate, isCritical, rankForEviction } from '../../../../daemon/pods/pressure/rank.ts';
import type { PodStats } from '../../../../daemon/pods/stats/v1alpha1.ts';
import { wanted } from '../../../support/pod-admission.ts';
import { aContainer } from '../../../support/pod-builders.ts';

const time = '2026-01-01T00:00:00Z';
const MEBIBYTE = 1024 * 1024;

interface CandidateOptions {
  readonly usage?: number;
  readonly request?: string;
  readonly priority?: number;
  readonly isKnown?: boolean;
}

const aCandidate = (name: string, { usage = 0, request, priority, isKnown = true }: CandidateOptions): Candidate => {
  const requests = request === undefined ? {} : { resources: { requests: { memory: request } } };
  const spec = wanted(name, {
    spec: { containers: [aContainer('main', requests)], ...(priority === undefined ? {} : { priority }) },
  });
  const memory = { time, usageBytes: usage, workingSetBytes: usage, rssBytes: 0, pageFaults: 0, majorPageFaults: 0 };
  const stats: PodStats = {
    podRef: { name, namespace: 'default', uid: spec.uid },
    startTime: time,
    containers: [{ name: 'main', startTime: time, memory }],
    memory,
    process_stats: { process_count: usage },
  };
  return { spec, stats: isKnown ? stats : undefined };
};

const order = (candidates: Readonly<Record<string, CandidateOptions>>, signal: 'memory.available' | 'pid.available') =>
  rankForEviction(
    Object.entries(candidates).map(([name, options]) => aCandidate(name, options)),
    signal,
    false,
  ).map(({ spec }) => spec.name.replace('-n', ''));

test('for memory, who uses more than was asked for goes first, then the lower priority, then who uses most beyond', (t) => {
  t.same(
    order(
      {
        modest: { usage: 50 * MEBIBYTE, request: '100Mi', priority: -5 },
        important: { usage: 300 * MEBIBYTE, request: '10Mi', priority: 10 },
        greedy: { usage: 200 * MEBIBYTE, request: '10Mi' },
        greedier: { usage: 210 * MEBIBYTE, request: '10Mi' },
        unknown: { isKnown: false },
      },
      'memory.available',
    ),
    ['unknown', 'greedier', 'greedy', 'important', 'modest'],
  );
  t.end();
});

test('for processes, priority goes before their number', (t) => {
  t.same(order({ many: { usage: 9, priority: 1 }, few: { usage: 1 }, more: { usage: 2 } }, 'pid.available'), [
    'more',
    'few',
    'many',
  ]);
  t.end();
});

test('ranking only reorders', (t) => {
  const options = fc.record({ usage: fc.nat(), priority: fc.integer(), isKnown: fc.boolean() });
  fc.assert(
    fc.property(fc.array(options), (list) => {
      const candidates = list.map((one, i) => aCandidate(`p${i}`, one));
      const ranked = rankForEviction(candidates, 'memory.available', false);
      t.same(new Set(ranked), new Set(candidates));
    }),
    { numRuns: 30 },
  );
  t.end();
});

test('what the system needs is critical, by its priority or by its class', (t) => {
  const isPodCritical = (spec: { priority?: number; priorityClassName?: string }) =>
    isCritical(wanted('web', { spec }).pod);
  t.equal(isPodCritical({ priorityClassName: 'system-node-critical' }), true);
  t.equal(isPodCritical({ priority: 2_000_000_000 }), true);
  t.equal(isPodCritical({ priority: 1_999_999_999 }), false);
  t.equal(isPodCritical({}), false);
  t.end();
});

test('the message says what was short and who used more than asked for', (t) => {
  const met = {
    signal: 'memory.available',
    threshold: 100 * MEBIBYTE,
    available: 50 * MEBIBYTE,
    capacity: 1000 * MEBIBYTE,
  } as const;
  t.equal(
    evictionMessage(aCandidate('web', { usage: 20 * MEBIBYTE, request: '10Mi' }), met),
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ' +
      'Container main was using 20Mi, request is 10Mi, has larger consumption of memory. ',
  );
  t.end();
});

test('for a disk, what lies on the one that is short counts', (t) => {
  const fs = (usedBytes: number) => ({ time, usedBytes });
  const ofPod = (name: string, rootfs: number, volume: number): Candidate => {
    const { spec, stats } = aCandidate(name, {});
    if (stats === undefined) throw new Error('it has stats');
    const containers = [{ name: 'main', startTime: time, rootfs: fs(rootfs), logs: fs(0) }];
    const total = fs(rootfs + volume);
    return {
      spec,
      stats: { ...stats, containers, volume: [{ ...fs(volume), name: 'data' }], 'ephemeral-storage': total },
    };
  };
  const pods = [ofPod('writes', 50, 0), ofPod('keeps', 10, 100)];
  const first = (signal: 'nodefs.available' | 'imagefs.available', hasImageFs: boolean) =>
    rankForEviction(pods, signal, hasImageFs)[0]?.spec.name;
  t.equal(first('imagefs.available', true), 'writes-n');
  t.equal(first('nodefs.available', true), 'keeps-n');
  t.equal(first('imagefs.available', false), 'keeps-n', 'where there is one, all of it counts');
  t.end();
});

test('the message names containers that use more of the disk than they asked for, also init containers', (t) => {
  const { spec } = aCandidate('web', {});
  const pod = { ...spec.pod, spec: { ...spec.pod.spec, initContainers: [aContainer('side')] } };
  const fs = { time, usedBytes: MEBIBYTE };
  const stats: PodStats = {
    podRef: { name: 'web', namespace: 'default', uid: spec.uid },
    startTime: time,
    containers: [{ name: 'side', startTime: time, rootfs: fs, logs: fs }],
  };
  const met = { signal: 'nodefs.available', threshold: MEBIBYTE, available: 0, capacity: MEBIBYTE } as const;
  t.match(
    evictionMessage({ spec: { ...spec, pod }, stats }, met),
    /Container side was using 2Mi, request is 0, has larger consumption of ephemeral-storage\. $/,
  );
  t.end();
});
