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
    () => modelDocker(t, spec, '10.22.9.1'),
    async (docker, held, where) => {
      t.strictSame(held, [], where);
      t.equal(docker.gateway, '10.22.3.1', where);
      t.same(docker.running, SETTLED, where);
      t.equal(docker.memory.restarting, undefined, where);
    },
  );
});

const failing = async (t: Test, remembered?: string): Promise<ModelDocker> => {
  const docker = await modelDocker(t, spec, remembered);
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

test('what has failed is not tried again by the same daemon, and once by the next', async (t) => {
  const docker = await failing(t);
  await docker.daemon();
  const restarts = docker.restarts;
  t.match(
    (await docker.plan()).map(({ step }) => step.do),
    ['write', 'restart'],
  );
  await docker.daemon();
  t.equal(docker.restarts, restarts + 1, 'only the one that puts it back has started it');
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
