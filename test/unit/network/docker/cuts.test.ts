import { type Test, test } from 'tap';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { type ModelDocker, modelDocker } from './model-docker.ts';

const spec = aNetworkSpec();
const SETTLED = { debug: true, bridge: 'cbr0', iptables: false };

/** Makes a Docker, cuts bootlet at each point of what it does there, and runs it again. */
const cutEverywhere = async (
  t: Test,
  make: () => Promise<ModelDocker>,
  check: (docker: ModelDocker, held: readonly string[], where: string) => Promise<void>,
  meanwhile: (docker: ModelDocker) => Promise<void> = async () => undefined,
): Promise<void> => {
  const whole = await make();
  await check(whole, await whole.daemon(), 'not cut');
  t.ok(whole.points.length > 5);
  for (const [i, point] of whole.points.entries()) {
    const docker = await make();
    docker.cutAt(i + 1, () => meanwhile(docker));
    await t.rejects(docker.daemon(), { message: point });
    await check(docker, await docker.daemon(), `cut at ${i + 1}, ${point}`);
  }
};

test('a restart that is cut anywhere within is gone to its end', async (t) => {
  await cutEverywhere(
    t,
    () => modelDocker(t, spec),
    async (docker, held, where) => {
      t.strictSame(held, [], where);
      t.same(docker.running, SETTLED, where);
      t.equal(docker.memory.restarting, undefined, where);
    },
  );
});

test('so is a start without a bridge, by which Docker forgets its old addresses', async (t) => {
  await cutEverywhere(
    t,
    () => modelDocker(t, spec, { remembered: '10.22.9.1' }),
    async (docker, held, where) => {
      t.strictSame(held, [], where);
      t.equal(docker.gateway, '10.22.3.1', where);
      t.same(docker.running, SETTLED, where);
      t.equal(docker.memory.restarting, undefined, where);
    },
  );
});

const failing = async (t: Test, remembered?: string): Promise<ModelDocker> => {
  const docker = await modelDocker(t, spec, { remembered });
  docker.configure({ 'no-such': true });
  return docker;
};

for (const remembered of [undefined, '10.22.9.1']) {
  const of = remembered === undefined ? 'a first set-up' : 'a new range';
  test(`where Docker does not start for ${of}, a way back that is cut anywhere is gone to its end`, async (t) => {
    const before = remembered === undefined ? { debug: true } : SETTLED;
    await cutEverywhere(
      t,
      () => failing(t, remembered),
      async (docker, held, where) => {
        t.match(held[0], /it did not come back/, where);
        t.same(await docker.file(), before, where);
        t.same(docker.running, before, where);
        t.equal(docker.memory.restarting, undefined, where);
      },
    );
  });
}

test('what an administrator changes of the file that bootlet has written stays through the way back', async (t) => {
  let isEdited = false;
  await cutEverywhere(
    t,
    () => {
      isEdited = false;
      return failing(t);
    },
    async (docker, held, where) => {
      t.match(held[0], /it did not come back/, where);
      t.same(await docker.file(), { debug: true, ...(isEdited ? { labels: ['a=b'] } : {}) }, where);
      t.same(docker.running, await docker.file(), where);
    },
    async (docker) => {
      const file = await docker.file();
      isEdited = 'bridge' in file;
      if (isEdited) await docker.put({ ...file, labels: ['a=b'] });
    },
  );
});

test('what has failed is tried again neither by the same daemon nor by the next, until somebody restarts Docker', async (t) => {
  const docker = await failing(t);
  await docker.daemon();
  const restarts = docker.restarts;
  t.match(await docker.daemon(), [/it did not come back/, /it did not come back/]);
  t.equal(docker.restarts, restarts);
  await docker.restartByHand();
  t.match(
    (await docker.plan()).map(({ step, held }) => [step.do, held]),
    [
      ['write', undefined],
      ['restart', undefined],
    ],
  );
  docker.configure({});
  t.same(await docker.daemon(), [], 'or the configuration changes');
  docker.configure({ 'no-such': true });
  t.match((await docker.plan())[0]?.held, undefined, 'and back');
});

test('a bootlet that ends with each attempt, wherever in it, does not restart a Docker that runs again and again', async (t) => {
  const whole = await failing(t);
  await whole.daemon();
  for (const [i, point] of whole.points.entries()) {
    const docker = await failing(t);
    for (let life = 1; life <= 6; life += 1) {
      docker.cutAt(i + 1);
      await docker.daemon().catch(({ message }: Error) => t.equal(message, docker.points.at(-1)));
    }
    t.ok(docker.restarts <= 1, `cut at ${i + 1}, ${point}: ${docker.restarts}`);
  }
});

test('a restart that ended by itself is over, and a Docker that is stopped later stays so', async (t) => {
  const whole = await modelDocker(t, spec);
  await whole.daemon();
  const docker = await modelDocker(t, spec);
  docker.cutAt(whole.points.indexOf('restart: started') + 1);
  await t.rejects(docker.daemon(), { message: 'restart: started' });
  await docker.daemon();
  t.equal(docker.memory.restarting, undefined);
  docker.stop();
  t.match(await docker.daemon(), [/Docker does not answer/]);
  t.equal(docker.running, undefined);
});

const besideContainers = (t: Test): Promise<ModelDocker> => modelDocker(t, spec, { isOwn: true });

test('a set-up beside containers that is cut anywhere is gone to its end', async (t) => {
  await cutEverywhere(
    t,
    () => besideContainers(t),
    async (docker, held, where) => {
      t.strictSame(held, [], where);
      t.same(docker.running, { debug: true, iptables: false }, where);
      t.ok(docker.hasOwn, where);
    },
  );
});

/** Cuts a reset of a host that was set up, or the set-up itself, and resets it then. */
const resetAfterCuts = async (t: Test, cut: 'daemon' | 'reset', meanwhile: (docker: ModelDocker) => void) => {
  const prepared = async (): Promise<ModelDocker> => {
    const docker = await besideContainers(t);
    // So that a restart is part of it though the network is there: that it stays in Docker's store is what counts.
    await docker.daemon();
    docker.configure({ iptables: true });
    if (cut === 'reset') await docker.daemon();
    return docker;
  };
  const whole = await prepared();
  const from = whole.points.length;
  await whole[cut]();
  const points = whole.points.slice(from);
  for (const [i, point] of points.entries()) {
    const where = `cut at ${i + 1}, ${point}`;
    const docker = await prepared();
    docker.cutAt(i + 1);
    await t.rejects(docker[cut](), { message: point });
    meanwhile(docker);
    const held = await docker.reset();
    t.ok(!docker.hasOwn || docker.entered.length > 0, `${where}: what Docker has still, the ledger has`);
    if (held.length === 0) t.same([docker.hasOwn, docker.running], [false, { debug: true }], where);
    else t.match(held, [/start it first/], where);
  }
};

for (const cut of ['daemon', 'reset'] as const) {
  const of = cut === 'daemon' ? 'set-up' : 'reset';
  test(`a reset after a ${of} that was cut anywhere leaves no network in Docker's store`, async (t) => {
    await resetAfterCuts(t, cut, () => undefined);
  });

  test(`nor where Docker is away since, after a ${of} that was cut`, async (t) => {
    await resetAfterCuts(t, cut, (docker) => docker.stop());
  });
}

test('a reset after a way back that failed too finds the network that is in Docker’s store', async (t) => {
  const docker = await besideContainers(t);
  await docker.daemon();
  docker.configure({ 'no-such': true });
  const before = docker.points.length;
  await docker.daemon();
  const back = docker.points.slice(before).lastIndexOf('restart: stopped') + 1;
  const again = await besideContainers(t);
  await again.daemon();
  again.configure({ 'no-such': true });
  again.cutAt(back);
  await t.rejects(again.daemon(), { message: 'restart: stopped' });
  t.equal(again.memory.restarting?.isBack, true);
  t.same(await again.reset(), []);
  t.same([again.hasOwn, again.running, again.entered], [false, { debug: true }, []]);
});
