import { test } from 'tap';
import { missing } from '../../../support/requires.ts';
import { dockerOnHost, specFor } from './docker-on-host.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'sysctl');
const spec = specFor('10.22.3.0/24');

test('what cannot be carried out is refused or held, and Docker left as it runs', { skip }, async (t) => {
  const on = await dockerOnHost(t);
  const pid = on.docker.pid();

  t.test('a daemon.json that Docker would not take is refused with its place', async (t) => {
    for (const [text, where] of [
      ['{\n  "debug": tru\n}', ':2:12: expected a value'],
      ['{\n  "debug": true,\n  "debug": true\n}', ':3:3: the key "debug" is given twice'],
      ['{"mtu": "1400"}', ':1:2: mtu must be a whole number'],
      ['[]', ':1:1: must be an object'],
    ] as const) {
      await on.put(text);
      await t.rejects(on.plan(spec), { code: 'E_NETWORK_REFUSED', retryable: false });
      await t.rejects(on.plan(spec), new RegExp(where), text);
      t.equal(await on.file(), text);
    }
  });

  t.test('containers that may not talk to each other need the packet filter that bootlet switches off', async (t) => {
    await on.put('{"icc": false}');
    await t.rejects(on.plan(spec), { code: 'E_NETWORK_REFUSED', message: /icc/ });
  });

  t.test('a dockerd that reads another file is refused', async (t) => {
    await on.put('{}');
    on.configure({ configFile: '/etc/docker/other.json' });
    await t.rejects(on.plan(spec), { code: 'E_NETWORK_REFUSED', message: /dockerd reads .*daemon.json, and not/ });
    on.configure({});
  });

  t.test('where no restart is allowed the file is written, and what is pending said', async (t) => {
    on.configure({ restart: 'never' });
    const [left] = await on.settle(spec);
    t.match(left?.held, /^Docker must be restarted for .*bridge.*network.docker.restart is never/);
    t.match(await on.file(), '"bridge": "cbr0"');
    t.equal(on.docker.pid(), pid);
  });

  t.test('a restart by somebody else settles it', async (t) => {
    await on.docker.restart();
    t.same(await on.settle(spec), []);
    t.equal(await on.bridge(), 'cbr0 10.22.3.1');
  });
});

test('a dockerd that does not start gets its old file again, once', { skip }, async (t) => {
  const on = await dockerOnHost(t);
  t.same(await on.settle(spec), []);
  const good = await on.file();
  on.configure({ options: { 'no-such-option': true } });
  await t.rejects(on.settle(spec), { code: 'E_DOCKER_ROLLED_BACK' });
  t.equal(await on.file(), good);
  t.equal(await on.bridge(), 'cbr0 10.22.3.1', 'it runs again');
  const pid = on.docker.pid();
  t.match(await on.settle(spec), [{ held: /did not come back/ }], 'and is not tried again');
  on.configure({ options: { 'no-such-option': true } });
  t.match(await on.settle(spec), [{ held: /did not come back/ }], 'nor by another daemon');
  t.equal(on.docker.pid(), pid);
  await on.docker.restart();
  await t.rejects(on.settle(spec), { code: 'E_DOCKER_ROLLED_BACK' }, 'but once somebody else restarts Docker');
  on.configure({ options: { 'max-concurrent-downloads': 5 } });
  t.same(await on.settle(spec), [], 'until the configuration changes');
});

test('live-restore is left out in a swarm', { skip }, async (t) => {
  const on = await dockerOnHost(t);
  await on.docker.engine.call('POST', '/swarm/init', { ListenAddr: '127.0.0.1', AdvertiseAddr: '127.0.0.1' });
  t.same(await on.settle(spec), []);
  t.notMatch(await on.file(), 'live-restore');
  t.equal(await on.bridge(), 'cbr0 10.22.3.1');
});
