import fc from 'fast-check';
import { test } from 'tap';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { isMain, isSidecar, sidecarIndex } from '../../../../daemon/pods/plan/role.ts';
import type { PodSpec } from '../../../../daemon/pods/resources.ts';
import { aContainer, aSpec } from '../../../support/pod-builders.ts';
import { type Disturbance, PodWorld } from '../../../support/pod-world.ts';

const hook = { exec: { command: ['hook'] } };
const lifecycle = { postStart: hook, preStop: hook };

const specs: readonly (PodSpec | undefined)[] = [
  undefined,
  aSpec({ containers: [aContainer('a'), aContainer('b')] }, 'uid-1'),
  aSpec({ initContainers: [], containers: [aContainer('a')] }, 'uid-2'),
  aSpec({ hostNetwork: false, containers: [aContainer('a', { ports: [{ containerPort: 1, hostPort: 1 }] })] }, 'uid-3'),
  aSpec(
    {
      initContainers: [
        aContainer('s1', { restartPolicy: 'Always' }),
        aContainer('i2'),
        aContainer('s3', { restartPolicy: 'Always' }),
      ],
      containers: [aContainer('a'), aContainer('b')],
    },
    'uid-4',
  ),
  aSpec(
    {
      initContainers: [aContainer('s1', { restartPolicy: 'Always', lifecycle })],
      containers: [aContainer('a', { lifecycle }), aContainer('b')],
    },
    'uid-5',
  ),
];

const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), spec: fc.constantFrom(...specs) }),
  fc.record({ kind: fc.constant('exit' as const), pick: fc.nat(5), exitCode: fc.constantFrom(0, 1, 137) }),
  fc.constant({ kind: 'prune' as const }),
  fc.record({ kind: fc.constant('network' as const), isReady: fc.boolean() }),
  fc.constant({ kind: 'renew' as const }),
  fc.constant({ kind: 'daemon-killed' as const }),
  fc.record({ kind: fc.constant('time' as const), seconds: fc.nat(400) }),
);

/** A disturbance, and how many rounds of steps come before the next. */
const history = fc.array(fc.tuple(disturbance, fc.nat(4)), { maxLength: 40 });

/** Nothing of one pod may run beside another of its name, and no container twice. */
const assertExclusive = (world: PodWorld): void => {
  const containers = world.running.filter((c) => c.kind === 'container');
  if (new Set(containers.map((c) => c.pod.uid)).size > 1) throw new Error('two pods of one name run at once');
  const names = containers.map((c) => c.container);
  if (new Set(names).size < names.length) throw new Error('one container runs twice');
};

/** The init containers that have to have begun in a sandbox before a container starts in it. */
const predecessors = (name: string, inits: readonly string[]): readonly string[] =>
  inits.includes(name) ? inits.slice(0, inits.indexOf(name)) : inits;

/** Everything starts after what comes before it in its pod. */
const assertStartOrder = (world: PodWorld): void => {
  const begun = new Map<string, Set<string>>();
  for (const run of world.started.filter((c) => c.kind === 'container')) {
    const inits = (specs.find((s) => s?.uid === run.pod.uid)?.pod.spec.initContainers ?? []).map((c) => c.name);
    const sandbox = run.labels[label.sandboxId] ?? '';
    const before = begun.get(sandbox) ?? new Set<string>();
    const missing = predecessors(run.container, inits).find((name) => !before.has(name));
    if (missing !== undefined) throw new Error(`${run.container} was started before ${missing}`);
    begun.set(sandbox, before.add(run.container));
  }
};

/** A sidecar is asked to end when the main containers and the sidecars after it have ended, or the grace of its pod is over. */
const assertEndOrder = (world: PodWorld): void => {
  for (const { container, beside, isLate } of world.signals) {
    const index = sidecarIndex(container);
    if (index === undefined || isLate) continue;
    const early = beside.find((c) => isMain(c) || (sidecarIndex(c) ?? -1) > index);
    if (early !== undefined) throw new Error(`${container.container} was asked to end before ${early.container}`);
  }
};

const live = (world: PodWorld, events: readonly (readonly [Disturbance, number])[]): void => {
  for (const [event, rounds] of events) {
    world.disturb(event);
    for (let round = 0; round < rounds; round++) {
      world.reconcile();
      assertExclusive(world);
    }
  }
};

/** What of a pod runs in the end: what of its init containers is no sidecar is made to end well. */
const staying = ({ pod }: PodSpec): readonly string[] =>
  [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers].map((c) => c.name);

/** `UID/CONTAINER` of all that runs. */
const runningNames = (world: PodWorld): readonly string[] =>
  world.running.map((c) => `${c.pod.uid}/${c.container}`).toSorted();

test('whatever happens on the way, what runs in the end is what is wanted and nothing else', async (t) => {
  fc.assert(
    fc.property(history, fc.constantFrom(...specs), (events, wanted) => {
      const world = new PodWorld();
      live(world, events);
      world.disturb({ kind: 'want', spec: wanted });
      world.settle();
      assertExclusive(world);
      assertStartOrder(world);
      assertEndOrder(world);
      const names = wanted === undefined ? [] : ['', ...staying(wanted)].map((name) => `${wanted.uid}/${name}`);
      if (runningNames(world).join() !== names.toSorted().join())
        throw new Error(`${runningNames(world)} instead of ${names}`);
      if (wanted === undefined && world.containers.length > 0)
        throw new Error('something is left of a pod that is gone');
    }),
    { numRuns: 500 },
  );
  t.pass('500 histories');
});

test('without a pod network no sandbox is started but those in the host’s network', async (t) => {
  fc.assert(
    fc.property(history, (events) => {
      const world = new PodWorld();
      live(world, events);
      world.disturb({ kind: 'network', isReady: false });
      const before = world.started.length;
      for (let round = 0; round < 20; round++) world.reconcile();
      const sandbox = world.started.slice(before).find((c) => c.kind === 'sandbox' && c.pod.uid === 'uid-3');
      if (sandbox !== undefined) throw new Error(`${sandbox.id} was started`);
    }),
    { numRuns: 100 },
  );
  t.pass('100 histories');
});

test('a pod at rest stays at rest when the daemon is started again', async (t) => {
  fc.assert(
    fc.property(history, fc.constantFrom(...specs), (events, wanted) => {
      const world = new PodWorld();
      live(world, events);
      world.disturb({ kind: 'want', spec: wanted });
      world.settle();
      const started = world.started.length;
      world.disturb({ kind: 'daemon-killed' });
      world.settle();
      if (world.started.length !== started) throw new Error('something was started again');
    }),
    { numRuns: 200 },
  );
  t.pass('200 histories');
});

test('a daemon that is killed after every single step comes to the same end', async (t) => {
  for (const wanted of specs) {
    const world = new PodWorld();
    world.disturb({ kind: 'want', spec: specs[1] });
    world.settle();
    world.disturb({ kind: 'want', spec: wanted });
    for (let step = 0; step < 200 && world.reconcile(0) > 0; step++) {
      world.disturb({ kind: 'daemon-killed' });
      assertExclusive(world);
    }
    world.settle();
    t.same(new Set(world.running.map((c) => c.pod.uid)), new Set(wanted === undefined ? [] : [wanted.uid]));
  }
});
