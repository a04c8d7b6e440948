import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import type { BootstrapToken } from '../../daemon/node/discovery/bootstrap-token.ts';
import { Discoverer } from '../../daemon/node/discovery/discoverer.ts';
import { systemClock } from '../../daemon/reconcile/clock.ts';
import { newAuthority } from '../lab/certificate.ts';
import { clusterInfoKubeconfig } from '../lab/cluster/rbac.ts';
import { newToken, type BootstrapToken as Token } from '../lab/cluster/token.ts';
import { startCluster } from '../lab/cluster.ts';
import { startImpostor } from '../lab/impostor.ts';
import { until } from '../lab/until.ts';
import { missing } from '../support/requires.ts';

const INFO = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
const MINUTE_MS = 60_000;
const stopping = new AbortController().signal;

const held = ({ id, secret, text }: Token): BootstrapToken => ({ id, secret, token: text, writtenAt: Date.now() });

type Wanted = { readonly code: string } & Readonly<Record<string, string | boolean | RegExp>>;

interface Way {
  readonly servers: readonly string[];
  readonly caFile?: string;
  readonly pins?: readonly string[];
  readonly file?: string;
  readonly unsafe?: boolean;
}

/** @param clock how far this host's clock is ahead of the true time, ms; it may be changed between two looks */
const discoverer = (
  { servers, caFile = '', pins = [], file = '', unsafe = false }: Way,
  clock = { ahead: 0 },
): Discoverer => {
  const discovery = { caCertHashes: pins, file, unsafeSkipCAVerification: unsafe };
  const now = () => Date.now() + clock.ahead;
  return new Discoverer({ cluster: { servers, caFile, discovery }, clock: { ...systemClock, now }, stopping });
};

test('a host finds out who the cluster is', { skip: missing('go', 'etcd') }, async (t) => {
  const cluster = await startCluster(t, { servers: 2 });
  const [url = ''] = cluster.urls;
  const { urls: servers, caHash, caPem } = cluster;
  const trusted = { state: 'trusted', servers, caPem };
  const byPin = { servers, pins: [caHash] };
  const dir = await mkdtemp(join(tmpdir(), 'bl-discovery-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const info = async (): Promise<ConfigMap> => (await cluster.call('GET', INFO)).body as ConfigMap;
  const signature = async ({ id }: Token) => (await info()).data?.[`jws-kubeconfig-${id}`];
  const isSigned = (token: Token) => until(() => signature(token), { what: 'cluster-info is signed' });
  const signedToken = async (): Promise<Token> => {
    const token = await cluster.token();
    await isSigned(token);
    return token;
  };
  const asker = (token: Token) => cluster.requests(`system:bootstrap:${token.id}`);

  await t.test('by a token and a pin, without the token being sent', async (t) => {
    const token = await signedToken();
    t.same(await discoverer(byPin).discover(held(token)), trusted);
    t.same(await asker(token), []);
  });

  await t.test('by a token alone, where the configuration says so', async (t) => {
    const token = await signedToken();
    t.same(await discoverer({ servers, unsafe: true }).discover(held(token)), trusted);
    await t.rejects(discoverer({ servers }).discover(held(token)), { code: 'E_CLUSTER_UNTRUSTED' });
  });

  await t.test('by a pin alone, for who has credentials of another kind', async (t) =>
    t.same(await discoverer(byPin).discover(), trusted),
  );

  await t.test('at the next server while the first is away', async (t) => {
    const token = await signedToken();
    const away = { ...byPin, servers: ['https://127.0.0.1:1', url] };
    t.match(await discoverer(away).discover(held(token)), { state: 'trusted', caPem });
    const nobody = { ...byPin, servers: ['https://127.0.0.1:1'] };
    await t.rejects(discoverer(nobody).discover(held(token)), { code: 'E_APISERVER_UNAVAILABLE', retryable: true });
  });

  await t.test('by the authority that it is given, or a kubeconfig, without asking anybody', async (t) => {
    const caFile = await file('ca.crt', caPem);
    t.same(await discoverer({ servers, caFile }).given(), trusted);
    t.same(await discoverer({ servers, caFile }).discover(), trusted);
    const kubeconfig = await file('discovery.conf', clusterInfoKubeconfig(url, caPem));
    t.same(await discoverer({ servers: [], file: kubeconfig }).given(), { ...trusted, servers: [url] });
  });

  await t.test('with the identity that a kubeconfig holds', async (t) => {
    t.match(await discoverer({ servers: [], file: cluster.kubeconfig }).discover(), {
      ...trusted,
      servers: [url],
      identity: { kind: 'certificate', certificatePem: /BEGIN CERTIFICATE/, keyPem: /PRIVATE KEY/ },
    });
  });

  await t.test('whatever proxy the environment names', async (t) => {
    const names = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : 'http://127.0.0.1:1';
    t.teardown(() => {
      for (const name of names) delete process.env[name];
    });
    t.same(await discoverer(byPin).discover(held(await signedToken())), trusted);
  });

  await t.test('a wrong clock is named before all that it spoils', async (t) => {
    const token = await signedToken();
    const wrong = { code: 'E_CLOCK_SKEW', retryable: true };
    const past = { ...wrong, message: /is 3650 days behind that of https:.*: \d{4}-.* here, \d{4}-.* there/ };
    await t.rejects(discoverer(byPin, { ahead: -3650 * 1440 * MINUTE_MS }).discover(held(token)), past);
    const caFile = await file('ca.crt', caPem);
    await t.rejects(discoverer({ servers, caFile }, { ahead: -3650 * 1440 * MINUTE_MS }).discover(), past);
    const future = { ...wrong, message: /is 6 minutes ahead of/ };
    await t.rejects(discoverer(byPin, { ahead: 6 * MINUTE_MS }).discover(held(token)), future);
    t.match(await discoverer(byPin, { ahead: 4 * MINUTE_MS }).discover(held(token)), trusted);
  });

  await t.test('each kind of bad token is told for what it is', async (t) => {
    await t.test('unknown: never made, or gone', async (t) => {
      const token = held(newToken());
      const unknown = { code: 'E_TOKEN_UNKNOWN', retryable: false, message: /unknown to the cluster: it was never/ };
      await t.rejects(discoverer(byPin).discover(token), unknown);
      const old = { ...token, writtenAt: Date.now() - 3 * 1440 * MINUTE_MS };
      await t.rejects(discoverer(byPin).discover(old), { ...unknown, message: /its file is 3 days old/ });
    });

    await t.test('with another secret', async (t) => {
      const token = held({ ...newToken(), ...(await signedToken()), secret: newToken().secret });
      await t.rejects(discoverer(byPin).discover({ ...token, token: `${token.id}.${token.secret}` }), {
        code: 'E_TOKEN_UNKNOWN',
        message: /its secret is not the one in the token file/,
      });
    });

    await t.test('expired: it was known before', async (t) => {
      const token = await cluster.token({ expires: new Date(Date.now() + 4000) });
      await isSigned(token);
      const discovering = discoverer(byPin);
      t.match(await discovering.discover(held(token)), trusted);
      await until(async () => (await signature(token)) === undefined, { what: 'the token expires' });
      await t.rejects(discovering.discover(held(token)), {
        code: 'E_TOKEN_EXPIRED',
        message: /expired, or was deleted/,
      });
    });

    await t.test('not signed yet, and after five minutes not for signing', async (t) => {
      await signedToken();
      const token = await cluster.token({ usages: ['authentication'] });
      const clock = { ahead: 0 };
      const discovering = discoverer(byPin, clock);
      const waiting = { state: 'waiting', reason: 'TokenNotSigned', message: /the cluster knows the token/ };
      const found = await until(() => discovering.discover(held(token)), { what: 'the cluster knows the token' });
      t.match(found, waiting);
      t.ok(found.state === 'waiting' && found.retryAt > Date.now() && found.retryAt <= Date.now() + 5000);
      clock.ahead = 4.9 * MINUTE_MS;
      t.match(await discovering.discover(held(token)), waiting);
      // The patience ends; a clock that is five minutes off would be the next fault.
      clock.ahead = 4.99 * MINUTE_MS;
      await until(
        () =>
          discovering.discover(held(token)).then(
            () => false,
            () => true,
          ),
        { what: 'five minutes are over' },
      );
      await t.rejects(discovering.discover(held(token)), { code: 'E_TOKEN_USAGE', hint: /lacks the usage signing/ });
    });

    await t.test('what cannot be told apart without a pin is not guessed at, and no token is sent', async (t) => {
      const token = newToken();
      t.match(await discoverer({ servers, unsafe: true }).discover(held(token)), {
        state: 'waiting',
        message: /may also be unknown or expired, which cannot be told without cluster\.discovery\.caCertHashes/,
      });
    });
  });

  await t.test('who stands between gets nothing', async (t) => {
    const mallory = await newAuthority('kubernetes');
    const token = await signedToken();
    const map = await info();
    const relayed = (data: Readonly<Record<string, string>>) => ({ body: { ...map, data: { ...map.data, ...data } } });
    const refusedBy = async (name: string, answer: () => object, way: Partial<Way>, error: Wanted) =>
      t.test(name, async (t) => {
        const impostor = await startImpostor(t, mallory, () => ({ body: {}, ...answer() }));
        await t.rejects(discoverer({ servers: [impostor.url], ...way }).discover(held(token)), error);
        t.ok(impostor.asked.length > 0);
        t.same(
          impostor.asked.filter(({ authorization }) => authorization !== undefined),
          [],
        );
      });
    const own = clusterInfoKubeconfig(url, mallory.certificatePem);
    const both = clusterInfoKubeconfig(url, caPem + mallory.certificatePem);
    const untrusted = { code: 'E_CLUSTER_UNTRUSTED' };
    const tls = { code: 'E_TLS_UNTRUSTED' };
    const pins = [caHash];

    await refusedBy('a true answer, passed on', () => relayed({}), { pins }, tls);
    await refusedBy('a true answer, passed on, where nothing is pinned', () => relayed({}), { unsafe: true }, tls);
    await refusedBy(
      'another authority under the old signature',
      () => relayed({ kubeconfig: own }),
      { pins },
      untrusted,
    );
    await refusedBy(
      'the same where nothing is pinned',
      () => relayed({ kubeconfig: own }),
      { unsafe: true },
      untrusted,
    );
    await refusedBy(
      'the pinned authority with another one beside it',
      () => relayed({ kubeconfig: both }),
      { pins },
      tls,
    );
    const unsigned = { kubeconfig: both, [`jws-kubeconfig-${token.id}`]: '' };
    await refusedBy('the same without a signature', () => relayed(unsigned), { pins }, tls);
    const other = await signedToken();
    const replayed = { kubeconfig: own, [`jws-kubeconfig-${token.id}`]: (await signature(other)) ?? '' };
    await refusedBy("another token's signature", () => relayed(replayed), { unsafe: true }, untrusted);
  });

  await t.test('what changes between the two looks proves nothing', async (t) => {
    const map = await info();
    const changed = { ...map, data: { ...map.data, kubeconfig: clusterInfoKubeconfig('https://192.0.2.1', caPem) } };
    let looks = 0;
    const { url } = await startImpostor(t, cluster.authority, () => ({ body: looks++ === 0 ? map : changed }));
    const error = { code: 'E_CLUSTER_UNTRUSTED', retryable: true, message: /something else of the cluster/ };
    await t.rejects(discoverer({ ...byPin, servers: [url] }).discover(), error);
    t.equal(looks, 2);
  });

  await t.test('a server that is none of Kubernetes is told for what it is', async (t) => {
    const authority = await newAuthority('web');
    const answered = async (answer: Parameters<typeof startImpostor>[2], error: Wanted) => {
      const { url } = await startImpostor(t, authority, answer);
      await t.rejects(discoverer({ ...byPin, servers: [url] }).discover(), error);
    };
    const ANSWER = { code: 'E_APISERVER_ANSWER' };
    await answered(() => ({ body: '<html>Sign in</html>' }), ANSWER);
    await answered(() => ({ status: 302, headers: { location: url }, body: '' }), ANSWER);
    await answered(() => ({ status: 401, body: {} }), { code: 'E_CLUSTER_INFO', hint: /anonymous-auth/ });
    await answered(() => ({ status: 403, body: {} }), { code: 'E_CLUSTER_INFO', hint: /bootstrap-signer-clusterinfo/ });
    await answered(() => ({ status: 404, body: {} }), { code: 'E_CLUSTER_INFO', retryable: false });
    await answered(() => ({ status: 429, body: {} }), { code: 'E_APISERVER_UNAVAILABLE', retryable: true });
    await answered(() => ({ status: 500, body: {} }), { code: 'E_APISERVER_UNAVAILABLE', retryable: true });
    await answered(() => ({ body: 'x'.repeat(3 * 1024 * 1024) }), {
      code: 'E_APISERVER_UNAVAILABLE',
      message: /answers with more than 2 MiB/,
    });
    const never = new Promise<{ body: string }>(() => undefined);
    await answered(() => never, { code: 'E_APISERVER_UNAVAILABLE', message: /took longer than 10 s/ });
    await answered(() => ({ body: { kind: 'ConfigMap' } }), { code: 'E_CLUSTER_INFO', message: /holds no kubeconfig/ });
  });
});
