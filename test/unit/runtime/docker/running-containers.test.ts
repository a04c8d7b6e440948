import { test } from 'tap';
import { runningContainers } from '../../../../daemon/runtime/docker/running-containers.ts';

const entry = (name: string, more: object = {}) => ({ Names: [`/${name}`], Labels: {}, Ports: [], ...more });
const tcp = (more: object = {}) => ({ PrivatePort: 80, Type: 'tcp', ...more });

const listed = (...body: readonly object[]) => runningContainers({ call: async () => ({ status: 200, body }) });
const told = async (...body: readonly object[]) => (await listed(...body)).foreign;

test('of each container the ports of the host that lead to it are told, as docker ps shows them', async (t) => {
  const ports = [tcp({ IP: '0.0.0.0', PublicPort: 8080 }), tcp({ IP: '::', PublicPort: 8080 })];
  const dns = { PrivatePort: 53, PublicPort: 53, Type: 'udp', IP: '192.0.2.1' };
  t.match(await told(entry('web', { Ports: ports }), entry('dns', { Ports: [dns] })), [
    { name: 'dns', ports: ['192.0.2.1:53->53/udp'] },
    { name: 'web', ports: ['0.0.0.0:8080->80/tcp', '[::]:8080->80/tcp'] },
  ]);
});

test('ports that are only exposed are none', async (t) => {
  t.match(await told(entry('exposed', { Ports: [tcp()] }), entry('none', { Ports: null })), [
    { name: 'exposed', ports: [] },
    { name: 'none', ports: [] },
  ]);
});

test('it is told which networks a container is on', async (t) => {
  const networks = (names: object) => ({ NetworkSettings: { Networks: names } });
  t.match(await told(entry('alone', networks({})), entry('web', networks({ shop: {}, bridge: {} }))), [
    { name: 'alone', networks: [] },
    { name: 'web', networks: ['shop', 'bridge'] },
  ]);
});

test("bootlet's own containers are counted and not told", async (t) => {
  const own = entry('pod', { Labels: { 'io.bootlet.instance': 'i' } });
  t.match(await listed(own, entry('web')), { count: 2, foreign: [{ name: 'web' }] });
});
