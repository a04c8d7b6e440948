import { test } from 'tap';
import type { Json } from '../../../../daemon/host/json-value.ts';
import { type LostInput, lostWithRules } from '../../../../daemon/network/docker/lost-with-rules.ts';
import type { ForeignContainer } from '../../../../daemon/runtime/docker/running-containers.ts';
import { aBridgeNetwork } from './builders.ts';

const OFF = { iptables: false, 'userland-proxy': false };
const PORTS = ['0.0.0.0:8080->80/tcp', '[::]:8080->80/tcp'];
const aContainer = (name: string, more: Partial<ForeignContainer> = {}): ForeignContainer => ({
  name,
  ports: [],
  networks: ['shop'],
  ...more,
});
const shop = aBridgeNetwork({ name: 'shop', bridgeName: 'br-1', subnets: [{ subnet: '172.18.0.0/16', gateway: '' }] });

const objects = (input: Partial<LostInput>): readonly string[] =>
  lostWithRules({ keys: OFF, containers: [], networks: [], ...input }).map(({ object }) => object);

test('ports end where Docker has neither its rules nor its proxies', async (t) => {
  const containers = [aContainer('web', { ports: PORTS })];
  const ends = (keys: Readonly<Record<string, Json>>) => objects({ keys, containers }).length > 0;
  t.ok(ends(OFF));
  t.notOk(ends({ iptables: false, 'userland-proxy': true }));
  t.notOk(ends({ iptables: false }), 'which is on unless it is off');
  t.notOk(ends({ 'userland-proxy': false }));
});

test('each container is told with its ports and what to do, and nothing is made of it', async (t) => {
  t.match(lostWithRules({ keys: OFF, containers: [aContainer('web', { ports: PORTS })], networks: [] }), [
    {
      object: 'published ports of container web',
      before: PORTS.join('\n'),
      after: undefined,
      ledger: { do: 'nothing' },
      advice: /^nothing leads 0\.0\.0\.0:8080->80\/tcp, .* to the container web .*--network host/,
    },
  ]);
});

test('each network that nothing will masquerade is told with its containers and what to do', async (t) => {
  const containers = [aContainer('db'), aContainer('other', { networks: ['host'] }), aContainer('web')];
  t.match(lostWithRules({ keys: { iptables: false }, containers, networks: [shop] }), [
    {
      object: 'masquerade of network shop',
      before: 'db\nweb',
      after: undefined,
      ledger: { do: 'nothing' },
      advice:
        /^nothing masquerades what db, web of the network shop \(172\.18\.0\.0\/16\) .*--network host.* rule of your own for 172/,
    },
  ]);
});

test('no network is that has no container, was never masqueraded, or still is by Docker', async (t) => {
  const containers = [aContainer('web')];
  t.same(objects({ networks: [shop] }), []);
  t.same(objects({ containers, networks: [{ ...shop, isMasqueraded: false }] }), []);
  t.same(objects({ containers, networks: [shop], keys: {} }), []);
});

test('of many containers of a network the first are named, and the rest counted', async (t) => {
  const containers = Array.from({ length: 12 }, (_, n) => aContainer(`c${n}`));
  const [lost] = lostWithRules({ keys: OFF, containers, networks: [shop] });
  t.match(lost?.advice, /masquerades what c0, c1, c2, c3, c4 and 7 more of the network shop /);
  t.equal(lost?.before?.split('\n').length, 12, 'the plan shows all');
});
