import { test } from 'tap';
import { type ObservedChain, oldDockerRules, removalPayload } from '../../../daemon/network/old-docker/docker-rules.ts';

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
