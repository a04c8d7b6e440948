import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { test } from 'tap';
import { until } from '../lab/until.ts';
import { manifest, type PodHost, podDocker, startPodHost } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

const skip = missing('dockerd', 'busybox');

/** A pod is written (new or changed) or removed while no daemon runs; then one is started, and killed after so long. */
interface Step {
  readonly pod: 'a' | 'b' | 'c' | 'd';
  readonly version: number | undefined;
  readonly ms: number;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    pod: fc.constantFrom('a', 'b', 'c', 'd'),
    version: fc.option(fc.nat(), { nil: undefined, freq: 3 }),
    ms: fc.integer({ min: 0, max: 1500 }),
  }),
  { minLength: 16, maxLength: 16 },
);

const podOf = (name: string, version: number): string =>
  manifest({ name, container: { env: [{ name: 'VERSION', value: `${version}` }] } });

/** What the runtime holds, one line each, with the version that a container was made for. */
const held = async (host: PodHost): Promise<string[]> => {
  const all = await host.docker.engine.list('io.bootlet.instance');
  const lines = all.map(async ({ Id, Labels, State }) => {
    const { Config } = (await host.docker.engine.call('GET', `/containers/${Id}/json`)) as {
      readonly Config: { readonly Env: readonly string[] | null };
    };
    const version = Config.Env?.find((entry) => entry.startsWith('VERSION=')) ?? '';
    return [Labels['io.kubernetes.pod.name'], Labels['io.kubernetes.container.name'], State, version].join(' ').trim();
  });
  return (await Promise.all(lines)).toSorted();
};

test('however often and whenever the daemon is killed, in the end there runs what the folder says, and nothing twice', {
  skip,
}, async (t) => {
  const seed = Number(process.env['BOOTLET_TEST_SEED'] ?? Date.now() % 2 ** 31);
  const [plan = []] = fc.sample(steps, { numRuns: 1, seed });
  t.comment(`BOOTLET_TEST_SEED=${seed}`);

  const host = await startPodHost(t, await podDocker(t));
  await host.drop('untouched.yaml', manifest({ name: 'untouched' }));
  const runs = async () => (await held(host)).filter((line) => line.includes(' running')).length === 2;
  await until(runs, { what: 'the first pod runs' });
  const untouched = (await host.containers()).map(({ id, startedAt }) => ({ id, startedAt }));

  await host.kill9();
  const present = new Map<string, number>();
  for (const { pod, version, ms } of plan) {
    if (version !== undefined) {
      await host.drop(`${pod}.yaml`, podOf(pod, version));
      present.set(pod, version);
    } else if (present.delete(pod)) await host.take(`${pod}.yaml`);
    const started = host.start().catch(() => 'killed before it was ready');
    await delay(ms);
    await host.kill9();
    await started;
  }
  await host.start();

  const expected = [...present, ['untouched', undefined] as const]
    .flatMap(([pod, version]) => [
      `${host.podName(pod)} POD running`,
      `${host.podName(pod)} main running${version === undefined ? '' : ` VERSION=${version}`}`,
    ])
    .toSorted();
  const converged = async () => (await held(host)).join() === expected.join();
  await until(converged, { what: 'what runs is what the folder says' }).catch(async () =>
    t.same(await held(host), expected),
  );
  const ids = new Map((await host.containers()).map(({ id, startedAt }) => [id, startedAt]));
  for (const { id, startedAt } of untouched)
    t.equal(ids.get(id), startedAt, 'the pod that nobody touched was never restarted');
});

test('a dockerd that is killed and comes back ends no daemon, and the pods come back', { skip }, async (t) => {
  const docker = await podDocker(t);
  const host = await startPodHost(t, docker);
  const daemon = host.pid();
  await host.drop('a.yaml', podOf('a', 1));
  const runs = async () => (await held(host)).filter((line) => line.includes(' running')).length === 2;
  await until(runs, { what: 'the pod runs' });

  await docker.kill();
  const degraded = async () => (await host.cli('status', '--check')).code === 7;
  await until(degraded, { what: 'status says that Docker is away' });
  await docker.start();
  await until(runs, { what: 'the pod runs again' });
  await until(async () => !(await degraded()), { what: 'status says that all is well again' });
  t.equal(host.pid(), daemon);
});
