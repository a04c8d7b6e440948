import { test } from 'tap';
import { publishedPorts } from '../../../../daemon/runtime/docker/published-ports.ts';

const entry = (name: string, more: object = {}) => ({ Names: [`/${name}`], Labels: {}, Ports: [], ...more });
const tcp = (more: object = {}) => ({ PrivatePort: 80, Type: 'tcp', ...more });

const published = (...body: readonly object[]) => publishedPorts({ call: async () => ({ status: 200, body }) });

test('of each container the ports of the host that lead to it are told, as docker ps shows them', async (t) => {
  const ports = [tcp({ IP: '0.0.0.0', PublicPort: 8080 }), tcp({ IP: '::', PublicPort: 8080 })];
  const dns = { PrivatePort: 53, PublicPort: 53, Type: 'udp', IP: '192.0.2.1' };
  t.same(await published(entry('web', { Ports: ports }), entry('dns', { Ports: [dns] })), [
    { container: 'dns', ports: ['192.0.2.1:53->53/udp'] },
    { container: 'web', ports: ['0.0.0.0:8080->80/tcp', '[::]:8080->80/tcp'] },
  ]);
});

test("neither ports that are only exposed nor those of bootlet's own containers are", async (t) => {
  const own = { Labels: { 'io.bootlet.instance': 'i' }, Ports: [tcp({ IP: '0.0.0.0', PublicPort: 8080 })] };
  t.same(await published(entry('exposed', { Ports: [tcp()] }), entry('pod', own), entry('none', { Ports: null })), []);
});
