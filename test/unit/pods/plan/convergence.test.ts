import fc from 'fast-check';
import { test } from 'tap';
import type { PodSpec } from '../../../../daemon/pods/resources.ts';
import { aContainer, aSpec } from '../../../support/pod-builders.ts';
import { type Disturbance, PodWorld } from '../../../support/pod-world.ts';

const specs: readonly (PodSpec | undefined)[] = [
  undefined,
  aSpec({ containers: [aContainer('a'), aContainer('b')] }, 'uid-1'),
  aSpec({ initContainers: [], containers: [aContainer('a')] }, 'uid-2'),
  aSpec({ hostNetwork: false, containers: [aContainer('a', { ports: [{ containerPort: 1, hostPort: 1 }] })] }, 'uid-3'),
];

const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), spec: fc.constantFrom(...specs) }),
  fc.record({ kind: fc.constant('exit' as const), pick: fc.nat(5), exitCode: fc.constantFrom(0, 1, 137) }),
  fc.constant({ kind: 'prune' as const }),
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

const live = (world: PodWorld, events: readonly (readonly [Disturbance, number])[]): void => {
  for (const [event, rounds] of events) {
    world.disturb(event);
    for (let round = 0; round < rounds; round++) {
      world.reconcile();
      assertExclusive(world);
    }
  }
};

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
      const names =
        wanted === undefined
          ? []
          : ['', ...wanted.pod.spec.containers.map((c) => c.name)].map((name) => `${wanted.uid}/${name}`);
      if (runningNames(world).join() !== names.toSorted().join())
        throw new Error(`${runningNames(world)} instead of ${names}`);
      if (wanted === undefined && world.containers.length > 0)
        throw new Error('something is left of a pod that is gone');
    }),
    { numRuns: 500 },
  );
  t.pass('500 histories');
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
