import { test } from 'tap';
import { parseCidr } from '../../../daemon/host/ip/cidr.ts';
import {
  dropsOn,
  type ObservedChain,
  oldDockerRules,
  referencesRemoved,
  removalPayload,
} from '../../../daemon/network/old-docker/docker-rules.ts';

/** Chains by `TABLE CHAIN`. */
const observed = (chains: Readonly<Record<string, readonly string[]>>): readonly ObservedChain[] =>
  Object.entries(chains).map(([name, rules]) => {
    const [table, chain = ''] = name.split(' ');
    return { table: table === 'nat' ? 'nat' : 'filter', chain, listed: { policy: undefined, rules } };
  });

/** As dockerd 20.10 leaves them. */
const DOCKER_20 = {
  'nat PREROUTING': ['-m comment --comment KUBE -j KUBE-SERVICES', '-m addrtype --dst-type LOCAL -j DOCKER'],
  'nat OUTPUT': ['! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER'],
  'nat POSTROUTING': ['-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE', '-s 10.22.3.0/24 -j BOOTLET-MASQUERADE'],
  'nat DOCKER': ['-i docker0 -j RETURN'],
  'filter FORWARD': [
    '-j DOCKER-USER',
    '-j DOCKER-ISOLATION-STAGE-1',
    '-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-o docker0 -j DOCKER',
    '-i docker0 ! -o docker0 -j ACCEPT',
    '-i docker0 -o docker0 -j ACCEPT',
    '-i docker0 -o eth1 -j DROP',
  ],
  'filter DOCKER': [],
  'filter DOCKER-ISOLATION-STAGE-1': ['-i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2', '-j RETURN'],
  'filter DOCKER-ISOLATION-STAGE-2': ['-o docker0 -j DROP', '-j RETURN'],
  'filter DOCKER-USER': ['-j RETURN'],
};

/** As dockerd 28 does. */
const DOCKER_28 = {
  'filter FORWARD': ['-j DOCKER-USER', '-j DOCKER-FORWARD'],
  'filter DOCKER-FORWARD': ['-j DOCKER-CT', '-j DOCKER-INTERNAL', '-j DOCKER-BRIDGE', '-i docker0 -j ACCEPT'],
  'filter DOCKER-CT': ['-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
  'filter DOCKER-INTERNAL': [],
  'filter DOCKER-BRIDGE': ['-o docker0 -j DOCKER'],
  'filter DOCKER': ['! -i docker0 -o docker0 -j DROP'],
  'filter DOCKER-USER': [],
};

const namesOf = (chains: readonly { readonly chain: string }[]): readonly string[] =>
  [...new Set(chains.map(({ chain }) => chain))].toSorted();

test('of a Docker that had no other network everything goes, and nothing of others', (t) => {
  const { rules, chains } = oldDockerRules(observed(DOCKER_20));
  t.same(namesOf(chains), ['DOCKER', 'DOCKER-ISOLATION-STAGE-1', 'DOCKER-ISOLATION-STAGE-2', 'DOCKER-USER']);
  const foreign = ['KUBE-SERVICES', 'BOOTLET-MASQUERADE', '-o eth1'];
  const kept = Object.entries(DOCKER_20)
    .filter(([name]) => !name.includes('DOCKER'))
    .flatMap(([, all]) => all.filter((rule) => !rules.some((removed) => removed.rule === rule)));
  t.equal(kept.length, foreign.length);
  for (const [index, rule] of kept.entries()) t.match(rule, foreign[index]);
  t.end();
});

test('chains of newer versions of Docker go too', (t) => {
  const { rules, chains } = oldDockerRules(observed(DOCKER_28));
  t.equal(chains.length, Object.keys(DOCKER_28).length - 1);
  t.same(namesOf(rules), ['FORWARD']);
  t.end();
});

test("a network that a user made keeps its rules and Docker's chains; only those of docker0 go", (t) => {
  const { rules, chains } = oldDockerRules(
    observed({
      ...DOCKER_20,
      'nat POSTROUTING': ['-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE', '-s 172.18.0.0/16 ! -o br-1 -j MASQUERADE'],
      'nat DOCKER': ['-i docker0 -j RETURN', '-i br-1 -j RETURN'],
    }),
  );
  t.same(chains, []);
  t.notOk(rules.some(({ rule }) => rule.includes('br-1') || rule.startsWith('-j ') || rule.includes('addrtype')));
  t.equal(rules.length, 8);
  t.end();
});

test('what an administrator wrote to DOCKER-USER stays, with the jump to it', (t) => {
  const { rules, chains } = oldDockerRules(
    observed({ ...DOCKER_20, 'filter DOCKER-USER': ['-i docker0 -j DROP', '-j RETURN'] }),
  );
  t.notOk(namesOf(chains).includes('DOCKER-USER'));
  t.notOk(rules.some(({ rule, chain }) => chain === 'DOCKER-USER' || rule === '-j DOCKER-USER'));
  t.end();
});

test('where nothing of Docker is there is nothing to remove', (t) => {
  const removal = oldDockerRules(observed({ 'nat POSTROUTING': ['-s 10.22.3.0/24 -j BOOTLET-MASQUERADE'] }));
  t.same(removal, { rules: [], chains: [] });
  t.equal(removalPayload(removal), '');
  t.end();
});

test('jumps go before the chains that they lead to, in one payload', (t) => {
  const payload = removalPayload(oldDockerRules(observed(DOCKER_28)));
  t.ok(payload.indexOf('-D FORWARD -j DOCKER-FORWARD') < payload.indexOf('-X DOCKER-FORWARD'));
  t.ok(payload.lastIndexOf('-F ') < payload.indexOf('-X '));
  t.end();
});

/** A published port of a container, to which the container itself comes by it. */
const toItself = (ip: string) => `-s ${ip}/32 -d ${ip}/32 -p tcp -m tcp --dport 80 -j MASQUERADE`;

test('what lets a container reach itself goes only where the container was on docker0', (t) => {
  const masquerade = '-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE';
  const ports = ['172.17.0.2', '172.18.0.2', '10.1.2.3', '192.168.9.2'].map(toItself);
  const networks = [parseCidr('192.168.9.1/24')].filter((cidr) => cidr !== undefined);
  const removed = (rules: readonly string[], ofBridge = networks) =>
    oldDockerRules(observed({ 'nat POSTROUTING': rules }), { networks: ofBridge, usedByOthers: [] }).rules.map(
      ({ rule }) => rule,
    );
  t.same(removed([masquerade, ...ports], []), [masquerade, toItself('172.17.0.2')]);
  t.same(removed(ports), [toItself('192.168.9.2')], 'the bridge has its addresses still');
  t.same(removed(ports, []), []);
  t.end();
});

test("a chain of Docker's that others lead to stays, with what leads from it; the rest goes", (t) => {
  const chains = observed(DOCKER_20);
  const stage1 = { table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-1' } as const;
  t.equal(referencesRemoved(oldDockerRules(chains), stage1, chains), 1);
  const removal = oldDockerRules(chains, { networks: [], usedByOthers: [stage1] });
  t.same(namesOf(removal.chains), ['DOCKER', 'DOCKER-USER']);
  const rules = removal.rules.map(({ chain, rule }) => `${chain} ${rule}`);
  t.ok(rules.includes('DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2'));
  t.notOk(rules.includes('FORWARD -j DOCKER-ISOLATION-STAGE-1'));
  t.ok(rules.includes('FORWARD -j DOCKER-USER'));
  t.end();
});

test('of what dockerd 28 has on the pods’ bridge only the drop goes that keeps others from pods', (t) => {
  const ofPods = Object.fromEntries(
    Object.entries(DOCKER_28).map(([name, rules]) => [name, rules.map((rule) => rule.replaceAll('docker0', 'cbr0'))]),
  );
  const chains = observed({ ...ofPods, 'filter MINE': ['! -i cbr0 -o cbr0 -j DROP'] });
  const removal = dropsOn('cbr0', chains);
  t.same(removal, { rules: [{ table: 'filter', chain: 'DOCKER', rule: '! -i cbr0 -o cbr0 -j DROP' }], chains: [] });
  t.equal(removalPayload(removal), '*filter\n-D DOCKER ! -i cbr0 -o cbr0 -j DROP\nCOMMIT\n');
  t.same(dropsOn('cbr0', observed(DOCKER_28)).rules, []);
  t.end();
});
