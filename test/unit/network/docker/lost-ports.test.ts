import { test } from 'tap';
import { endsPorts, lostPorts } from '../../../../daemon/network/docker/lost-ports.ts';

test('ports end where Docker has neither its rules nor its proxies', async (t) => {
  t.ok(endsPorts({ iptables: false, 'userland-proxy': false }));
  t.notOk(endsPorts({ iptables: false, 'userland-proxy': true }));
  t.notOk(endsPorts({ iptables: false }), 'which is on unless it is off');
  t.notOk(endsPorts({ 'userland-proxy': false }));
});

test('each container is told with its ports and what to do, and nothing is made of it', async (t) => {
  const ports = ['0.0.0.0:8080->80/tcp', '[::]:8080->80/tcp'];
  t.match(lostPorts([{ container: 'web', ports }]), [
    {
      object: 'published ports of container web',
      before: ports.join('\n'),
      after: undefined,
      ledger: { do: 'nothing' },
      advice: /^nothing leads 0\.0\.0\.0:8080->80\/tcp, .* to the container web .*--network host/,
    },
  ]);
});
