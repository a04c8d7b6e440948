import { join } from 'node:path';
import { type Test, test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { stepsOf } from '../../../../daemon/network/docker/carry-out-step.ts';
import { dockerMemory } from '../../../../daemon/network/docker/memory.ts';
import { RepairPace } from '../../../../daemon/network/repair-pace.ts';
import { anEngineState } from './builders.ts';

const notAsked = () => Promise.reject(new Error('not asked'));
const attempt = { text: '{"no-such":true}', network: 'cbr0 10.22.3.1' };
const STEP = { do: 'restart', expect: undefined, isLast: true, attempt, mayRemember: false, isForNone: false } as const;

/** A daemon that starts at that time and restarts Docker, which does not take to it. */
const aLife = (folder: string, now: number) => {
  const process = { pid: 812, id: `started ${now}`, startedAt: now, args: [] };
  const memory = dockerMemory(join(folder, 'docker.json'));
  const step = stepsOf({
    path: join(folder, 'daemon.json'),
    dockerd: {
      process: () => process,
      log: () => "Docker's log",
      state: notAsked,
      reload: notAsked,
      restart: async (isBack = false) => {
        if (!isBack) throw new BootletError('E_NETWORK_UNSETTLED', 'it did not come back');
        return { process, state: anEngineState() };
      },
    },
    memory,
    engine: { call: notAsked },
    run: notAsked,
    sysctls: { read: () => undefined, write: notAsked },
    clock: { now: () => now },
  });
  return { memory, restart: () => step(STEP) };
};

const folderOf = (t: Test): string => t.testdir({ 'daemon.json': '{}' });

test('what one daemon tried in vain the next one knows, with the Docker that runs since', async (t) => {
  const folder = folderOf(t);
  await t.rejects(aLife(folder, 5).restart(), { code: 'E_DOCKER_ROLLED_BACK' });
  const known = await aLife(folder, 9).memory.load();
  t.match(known?.failed, { ...attempt, process: 'started 5', message: /did not come back.*somebody else restarts/ });
  t.equal(known?.restarting, undefined);
});

test('restarts by several daemons, one after another, count as those of one', async (t) => {
  const folder = folderOf(t);
  for (const at of [5, 6, 7]) await t.rejects(aLife(folder, at).restart(), { code: 'E_DOCKER_ROLLED_BACK' });
  const { restarts } = (await aLife(folder, 8).memory.load()) ?? {};
  t.same(restarts, [5, 6, 7]);
  t.ok(new RepairPace(restarts).dueAt(8) > 8);
});

test('what was not written by bootlet is not taken for containers that wait for their network', async (t) => {
  const network = { bridgeName: 'cbr0', subnets: [{ subnet: '10.22.9.0/24', gateway: '10.22.9.1' }] };
  const web = { id: 'w1', name: 'web', aliases: ['web.lab'] };
  const read = (replaced: unknown) =>
    dockerMemory(join(t.testdir({ 'docker.json': JSON.stringify({ replaced }) }), 'docker.json')).load();
  t.match(await read({ network, containers: [web] }), { replaced: { network, containers: [web] } });
  for (const broken of [
    { network, containers: ['web'] },
    { network, containers: [{ ...web, aliases: [1] }] },
    { network: { ...network, subnets: ['10.22.9.0/24'] }, containers: [web] },
    { network: { ...network, bridgeName: 1 }, containers: [web] },
  ]) {
    await t.rejects(read(broken), { code: 'E_STATE_BROKEN' }, JSON.stringify(broken));
  }
});
