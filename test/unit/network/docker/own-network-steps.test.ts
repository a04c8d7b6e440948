import { join } from 'node:path';
import { type Test, test } from 'tap';
import { stepsOf } from '../../../../daemon/network/docker/carry-out-step.ts';
import { expectedNetwork } from '../../../../daemon/network/docker/expected-network.ts';
import type { DockerMemory } from '../../../../daemon/network/docker/memory.ts';
import { ownNetworkChanges } from '../../../../daemon/network/docker/plan-own-network.ts';
import { systemClock } from '../../../../daemon/reconcile/clock.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { type ModelNetworks, type ModelNetworksOptions, modelNetworks } from './model-networks.ts';

const OLD = '10.22.9.0/24';
const NEW = '10.22.3.0/24';
const OTHERS = { web: ['web.lab'], job: ['job.lab'] };
const expect = expectedNetwork(aNetworkSpec(), { followsMtu: false, name: 'bootlet' });

interface Renumbered extends ModelNetworks {
  /** Points at which it could have been cut so far. */
  readonly points: readonly string[];
  readonly memory: () => DockerMemory;
  /** Makes what is planned. @param cut ends it at that point, counted from 1 @param isWanted false: there is to be no network */
  live(cut?: number, isWanted?: boolean): Promise<void>;
}

const notAsked = () => Promise.reject(new Error('not asked'));

/** A host whose pods get another range, with the steps of bootlet on its Docker. */
const renumbered = (t: Test, options: ModelNetworksOptions = {}): Renumbered => {
  const docker = modelNetworks(OLD, options);
  const path = join(t.testdir({}), 'daemon.json');
  let memory: DockerMemory = {};
  let left = 0;
  const points: string[] = [];
  const reach = (point: string): void => {
    points.push(point);
    left -= 1;
    if (left === 0) throw new Error(point);
  };
  const apply = stepsOf({
    path,
    dockerd: { process: () => undefined, log: () => '', state: notAsked, reload: notAsked, restart: notAsked },
    memory: {
      load: async () => memory,
      save: async (value) => {
        reach('memory: before');
        memory = value;
        reach('memory: after');
      },
    },
    engine: {
      call: async (call) => {
        const answer = await docker.call(call);
        if (call.method !== 'GET') reach(`${call.method} ${call.path}`);
        return answer;
      },
    },
    run: notAsked,
    sysctls: { read: () => undefined, write: notAsked },
    clock: systemClock,
  });
  return {
    ...docker,
    points,
    memory: () => memory,
    live: async (cut = 0, isWanted = true) => {
      left = cut;
      const wanted = isWanted ? expect : undefined;
      const changes = ownNetworkChanges({ expect: wanted, engine: docker.state(), isEntered: true, memory });
      for (const { step } of changes) await apply(step);
    },
  };
};

/** Cuts it at each point, and lets it live again. */
const cutEverywhere = async (
  t: Test,
  options: ModelNetworksOptions,
  check: (host: Renumbered, where: string) => Promise<void>,
): Promise<void> => {
  const whole = renumbered(t, options);
  await check(whole, 'not cut');
  for (const [i, point] of whole.points.entries()) {
    const host = renumbered(t, options);
    await t.rejects(host.live(i + 1), { message: point });
    await check(host, `cut at ${i + 1}, ${point}`);
  }
};

test('containers of others are on the network of a new range as they were on the one before, wherever it was cut', async (t) => {
  await cutEverywhere(t, {}, async (host, where) => {
    await host.live();
    t.equal(host.subnet(), NEW, where);
    t.same(host.joined(), OTHERS, `${where}: a pod gets another sandbox`);
    t.same(host.memory(), {}, where);
    t.same(ownNetworkChanges({ expect, engine: host.state(), isEntered: true, memory: {} }), [], where);
  });
});

test('where Docker refuses the new one all is on the former again, wherever it was cut', async (t) => {
  await cutEverywhere(t, { taken: NEW }, async (host, where) => {
    const { failed, replaced } = host.memory();
    t.notOk(failed && replaced, `${where}: with what failed, what is left of it would be held`);
    await t.rejects(host.live(), { code: 'E_RUNTIME_REFUSED' }, where);
    t.equal(host.subnet(), OLD, where);
    t.same(host.joined(), OTHERS, where);
    t.match(host.memory().failed, { network: 'cbr0 10.22.3.1 mtu 1500', message: /Pool overlaps/ }, where);
  });
});

test('containers that Docker puts on no network are told of once, each with what to do, and keep nobody waiting', async (t) => {
  const host = renumbered(t, { unjoinable: ['web', 'job'] });
  await t.rejects(host.live(), {
    code: 'E_RUNTIME_REFUSED',
    message: /web: no available address; job: no available address/,
    hint: 'docker network connect bootlet web; docker network connect bootlet job',
  });
  await host.live();
  t.equal(host.subnet(), NEW);
});

test('where Docker refuses one container the others are on the network all the same', async (t) => {
  const host = renumbered(t, { unjoinable: ['web'] });
  await t.rejects(host.live(), { code: 'E_RUNTIME_REFUSED', message: /web/ });
  t.same(host.joined(), { job: ['job.lab'] });
});

test('a container that joins while those before it are taken off is left on until it is known, and put on the new one too', async (t) => {
  const host = renumbered(t, { newcomer: 'late' });
  await t.rejects(host.live(), { code: 'E_RUNTIME_REFUSED', message: /active endpoints/ });
  t.same(host.joined(), { late: ['late.lab'] });
  await host.live();
  t.equal(host.subnet(), NEW);
  t.same(host.joined(), { ...OTHERS, late: ['late.lab'] });
});

test('containers that wait for a network in the place of theirs do so no more once there is to be none', async (t) => {
  const host = renumbered(t, { newcomer: 'late' });
  await t.rejects(host.live());
  await host.live(0, false);
  t.equal(host.subnet(), undefined);
  t.same(host.memory(), {});
});
