import { test } from 'tap';
import { clusterOf } from '../../../daemon/api/cluster.ts';
import { clusterFindings, isOfCluster } from '../../../daemon/api/cluster-findings.ts';
import { isBad } from '../../../daemon/api/finding.ts';
import {
  boundPodType,
  type Credentials,
  clusterNodeType,
  credentialsType,
  joinStateType,
  leaseStateType,
  registrationType,
  type Session,
  sessionType,
  wantedClusterType,
} from '../../../daemon/node/resources.ts';
import { Store } from '../../../daemon/reconcile/store.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;

const aSession = (more: Partial<Session> = {}): Session => ({
  generation: 1,
  server: 'https://10.0.0.1:6443',
  state: 'answers',
  message: '',
  since: NOW,
  ...more,
});

const aCertificate = { fingerprint: 'AA', notBefore: 0, notAfter: 365 * DAY, rotateAt: 300 * DAY };

const someCredentials = (more: Partial<Credentials> = {}): Credentials => ({
  kind: 'bootstrap-token',
  user: 'system:node:n',
  certificate: aCertificate,
  token: { id: 'abcdef', writtenAt: 0 },
  ...more,
});

const ownTaints = ['NoSchedule', 'NoExecute'].map((effect) => ({ key: 'bootlet.io/static-pods-only', effect }));

/** With a cluster configured, of which nothing is known yet. */
const aHost = ({ register = true, isUnverified = false } = {}) => {
  const store = new Store();
  const writers = {
    wanted: store.claim(wantedClusterType, 'test'),
    join: store.claim(joinStateType, 'test'),
    credentials: store.claim(credentialsType, 'test'),
    session: store.claim(sessionType, 'test'),
    node: store.claim(clusterNodeType, 'test'),
    registration: store.claim(registrationType, 'test'),
    lease: store.claim(leaseStateType, 'test'),
    bound: store.claim(boundPodType, 'test'),
  };
  writers.wanted.put('n', { servers: ['https://10.0.0.1:6443'], register, isUnverified });
  return {
    ...writers,
    store,
    find: (type: string, now = NOW) => clusterFindings(store, now).find((finding) => finding.type === type),
    bad: (now = NOW) =>
      clusterFindings(store, now)
        .filter(isBad)
        .map(({ type }) => type),
  };
};

/** One that is in its cluster, as it should be. */
const aMember = (options = {}) => {
  const host = aHost(options);
  host.join.put('n', { state: 'joined' });
  host.credentials.put('n', someCredentials());
  host.session.put('n', aSession());
  host.node.put('n', { state: 'present', node: { metadata: { name: 'n' }, spec: { taints: ownTaints } } });
  host.registration.put('n', { state: 'registered', uid: 'u-1' });
  host.lease.put('n', { renewedAt: NOW, rival: '' });
  return host;
};

test('where no cluster is configured nothing is said of one', async (t) => {
  t.same(clusterFindings(new Store(), NOW), []);
});

test('a host in its cluster is well, with a line for each thing to know', async (t) => {
  const { store, bad } = aMember();
  t.same(bad(), []);
  const findings = clusterFindings(store, NOW);
  t.same(
    findings.map(({ type }) => type),
    ['Joined', 'ClusterReachable', 'NodeRegistered', 'CertificateValid', 'TokenPresent', 'NodeSchedulable'],
  );
  t.ok(findings.every(({ type }) => isOfCluster(type)));
});

test('a host that has yet to look for its cluster is not well yet', async (t) => {
  const { find, bad } = aHost();
  t.match(find('Joined'), { status: 'Unknown', reason: 'NotLooked' });
  t.same(bad(), ['Joined']);
});

test('what keeps a host from joining is told with its way out, and the command that shows more', async (t) => {
  const { join, find } = aHost();
  const obstacle = { state: 'stuck', message: 'it is so', advice: 'do this' } as const;
  for (const [reason, next] of [
    ['E_TOKEN_EXPIRED', 'bootlet token check'],
    ['TokenMissing', 'bootlet token check'],
    ['E_CLOCK_SKEW', 'timedatectl'],
    ['E_CLUSTER_UNTRUSTED', 'bootlet preflight'],
    ['E_APISERVER_UNAVAILABLE', 'bootlet preflight'],
  ] as const) {
    join.put('n', { ...obstacle, reason });
    t.match(find('Joined'), { status: 'False', reason, message: 'it is so; do this', next });
  }
});

test('a request that an administrator has to approve names the command as the next one', async (t) => {
  const { join, find } = aHost();
  const advice = 'kubectl certificate approve csr-1';
  join.put('n', { state: 'requesting', reason: 'CertificatePending', message: 'nobody approved it', advice });
  t.match(find('Joined'), { status: 'False', message: 'nobody approved it', next: advice });
});

test('a cluster that is away is told with the time, and that pods run on', async (t) => {
  const { session, find, bad } = aMember();
  session.put('n', aSession({ state: 'away', message: 'ECONNREFUSED', since: 0 }));
  t.match(find('ClusterReachable'), {
    status: 'False',
    reason: 'NoServerAnswers',
    message: /1970-01-01T00:00:00.000Z.*ECONNREFUSED; pods of this host run on/,
    next: 'bootlet preflight',
  });
  // The lease is not renewed either, which is no second fault.
  t.same(bad(NOW + DAY), ['ClusterReachable']);
});

test('servers of another authority are told by their code, with what to do', async (t) => {
  const { session, find } = aMember();
  session.put('n', aSession({ state: 'away', message: 'https://10.0.0.1:6443 is not trusted', distrust: 'Do this.' }));
  t.match(find('ClusterReachable'), {
    status: 'False',
    reason: 'E_TLS_UNTRUSTED',
    message: /10.0.0.1:6443 is not trusted; pods of this host run on. Do this\.$/,
    next: 'bootlet preflight',
  });
});

test('an identity that the cluster refuses is not taken for a server that is away', async (t) => {
  const { session, find } = aMember();
  session.put('n', aSession({ state: 'refused', message: 'Unauthorized' }));
  t.match(find('ClusterReachable'), { reason: 'IdentityRefused', next: 'bootlet cert show' });
});

test("a name that another machine's Node has is told with what an administrator types", async (t) => {
  const { registration, find } = aMember();
  registration.put('n', {
    state: 'refused',
    reason: 'NodeOfAnotherMachine',
    message: 'Node n is that of another machine',
    advice: 'kubectl delete node n',
  });
  t.match(find('NodeRegistered'), { status: 'False', reason: 'NodeOfAnotherMachine', next: 'kubectl delete node n' });
});

test('a host that only reads is well where somebody else makes its Node, and not where nobody does', async (t) => {
  const { node, find, bad } = aMember({ register: false });
  t.match(find('NodeRegistered'), { status: 'True', reason: 'OnlyReading' });
  t.same(bad(), []);
  node.put('n', { state: 'absent' });
  t.match(find('NodeRegistered'), { status: 'False', reason: 'NoNode' });
});

test('a clone of the host is told', async (t) => {
  const { lease, find } = aMember();
  lease.put('n', { renewedAt: NOW, rival: 'another machine' });
  t.match(find('LeaseRenewed'), { status: 'False', reason: 'Cloned', message: /another machine/ });
});

test('a lease that is not renewed although the cluster answers is told once it has run out', async (t) => {
  const { find } = aMember();
  t.equal(find('LeaseRenewed', NOW + 39_000), undefined);
  t.match(find('LeaseRenewed', NOW + 41_000), { status: 'False', reason: 'NotRenewed' });
});

test('a certificate says until when it is valid and when it is replaced', async (t) => {
  const { find } = aMember();
  t.match(find('CertificateValid'), { status: 'True', message: /^until 1971-01-01.*replaced at 1970-10-28/ });
});

test('one that has expired, and one that is not valid yet, are told apart', async (t) => {
  const { find } = aMember();
  t.match(find('CertificateValid', 365 * DAY), { status: 'False', reason: 'Expired', next: 'bootlet cert show' });
  t.match(find('CertificateValid', -1), { status: 'False', reason: 'NotYetValid', next: 'timedatectl' });
});

test('a rotation that fails is a fault while the certificate is still good', async (t) => {
  const { credentials, find, bad } = aMember();
  credentials.put('n', someCredentials({ rotationTrouble: 'nobody approved it' }));
  t.match(find('CertificateFresh'), { status: 'False', reason: 'RotationFails', message: /nobody approved it.*1971/ });
  t.same(bad(), ['CertificateFresh']);
});

test('a given certificate, which bootlet does not renew, is a fault in the last tenth of its life', async (t) => {
  const { credentials, find } = aMember();
  const certificate = { ...aCertificate, rotateAt: undefined };
  credentials.put('n', { kind: 'client-certificate', user: 'system:node:n', certificate });
  t.equal(find('CertificateFresh', 320 * DAY), undefined);
  t.match(find('CertificateFresh', 330 * DAY), { status: 'False', reason: 'ExpiresSoon' });
  t.equal(find('TokenPresent'), undefined);
});

test('a token that was removed after the join is no fault, and its price is told', async (t) => {
  const { credentials, find, bad } = aMember();
  const { token, ...without } = someCredentials();
  credentials.put('n', without);
  t.match(find('TokenPresent'), { status: 'False', reason: 'NoToken', message: /needs a new one to come back/ });
  t.same(bad(), []);
});

test('a cordon is shown and no fault', async (t) => {
  const { node, find, bad } = aMember();
  node.put('n', {
    state: 'present',
    node: { metadata: { name: 'n' }, spec: { taints: ownTaints, unschedulable: true } },
  });
  t.match(find('NodeSchedulable'), { status: 'False', reason: 'Cordoned', message: /kubectl uncordon n/ });
  t.same(bad(), []);
});

test('pods that the cluster binds here are counted and named, mirror pods not, and are no fault', async (t) => {
  const { bound, find, bad } = aMember();
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  bound.put('m', { metadata: { name: 'etcd-n', namespace: 'kube-system', annotations } });
  t.equal(find('ForeignPods'), undefined);
  bound.put('1', { metadata: { name: 'kube-proxy-x', namespace: 'kube-system' } });
  t.match(find('ForeignPods'), { status: 'True', message: /^1 bound .*: kube-system\/kube-proxy-x$/ });
  for (const uid of ['2', '3', '4']) bound.put(uid, { metadata: { name: uid, namespace: 'a' } });
  t.match(find('ForeignPods'), { message: /^4 bound .*, others$/ });
  t.same(bad(), []);
});

test('the cluster is served as the host stands to it, with times for people and programs', async (t) => {
  const { store } = aMember();
  t.match(clusterOf({ store, nodeName: 'n', conditions: [] }), {
    kind: 'Cluster',
    metadata: { name: 'n' },
    spec: { servers: ['https://10.0.0.1:6443'], register: true },
    status: {
      join: { state: 'joined' },
      session: { server: 'https://10.0.0.1:6443', state: 'answers', since: '1970-04-11T00:00:00.000Z' },
      registration: { state: 'registered', uid: 'u-1' },
      unschedulable: false,
      leaseRenewedAt: '1970-04-11T00:00:00.000Z',
      credentials: {
        user: 'system:node:n',
        certificate: { fingerprint: 'AA', notAfter: '1971-01-01T00:00:00.000Z' },
        token: { id: 'abcdef' },
      },
    },
  });
});

test('a Node without the taints that keep the scheduler away is a fault, with the command that mends it', async (t) => {
  const { node, find, bad } = aMember();
  node.put('n', { state: 'present', node: { metadata: { name: 'n' }, spec: { taints: ownTaints.slice(0, 1) } } });
  t.match(find('NodeKeptFree'), { next: 'kubectl taint node n bootlet.io/static-pods-only:NoExecute' });
  t.same(bad(), ['NodeKeptFree']);
});

test('that the cluster was believed without a hash is said as long as it is configured so', (t) => {
  t.match(aMember({ isUnverified: true }).find('Joined'), { reason: 'JoinedUnverified', message: /caCertHashes/ });
  t.match(aMember().find('Joined'), { reason: 'Joined' });
  t.end();
});
