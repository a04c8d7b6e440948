import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../daemon/config/load.ts';
import { readHostFacts } from '../../daemon/host/facts/facts.ts';
import { buildIdentity } from '../../daemon/main/identity.ts';
import { nodeMeters } from '../../daemon/node/meters.ts';
import { credentialsType, joinStateType, sessionType } from '../../daemon/node/resources.ts';
import { systemClock as clock } from '../../daemon/reconcile/clock.ts';
import { Engine } from '../../daemon/reconcile/engine.ts';
import { EventRing } from '../../daemon/reconcile/events.ts';
import { Store } from '../../daemon/reconcile/store.ts';
import type { Cluster } from './cluster.ts';
import type { Scope } from './scope.ts';
import { until } from './until.ts';

export const JOINING_NODE = 'n1';

/** A host with what gives it its identity, and nothing else of the daemon. @param settings of the section `cluster` */
export const newJoiningHost = async (
  scope: Scope,
  cluster: Pick<Cluster, 'urls' | 'caHash'>,
  settings: Readonly<Record<string, unknown>> = {},
) => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-join-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const tokenFile = join(dir, 'token');
  const configFile = join(dir, 'config.yaml');
  const kubeconfig = join(dir, 'bootlet.conf');
  const config = {
    nodeName: JOINING_NODE,
    paths: { state: dir, kubeconfig },
    cluster: {
      servers: cluster.urls,
      tokenFile,
      discovery: { caCertHashes: [cluster.caHash] },
      ...settings,
    },
  };
  await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
  const starts: { stop(): Promise<void> }[] = [];
  scope.teardown(async () => {
    for (const started of starts) await started.stop();
  });
  return {
    dir,
    kubeconfig,
    tokenFile,
    current: join(dir, 'pki/bootlet-client-current.pem'),
    giveToken: (text: string) => writeFile(tokenFile, `${text}\n`, { mode: 0o600 }),
    /** As the daemon starts it. */
    start: async () => {
      const store = new Store();
      const engine = new Engine({ store, clock, random: Math.random, onFailure: () => undefined });
      const stopping = new AbortController();
      const session = buildIdentity(
        {
          config: await loadConfig(configFile),
          log: pino({ level: 'silent' }),
          clock,
          random: Math.random,
          store,
          events: new EventRing(clock),
          engine,
          stopping: stopping.signal,
          addresses: { hostIPs: ['192.0.2.1'] },
        },
        readHostFacts('/'),
        nodeMeters(),
      );
      engine.start();
      session.start();
      const started = {
        stop: async () => {
          stopping.abort();
          await session.stop();
          await engine.stop();
        },
      };
      starts.push(started);
      const state = () => store.get(joinStateType, JOINING_NODE);
      return {
        ...started,
        state,
        credentials: () => store.get(credentialsType, JOINING_NODE),
        session: () => store.get(sessionType, JOINING_NODE),
        /** Joined, and told so by the cluster, with all that follows from it. */
        joined: async () => {
          await until(() => state()?.state === 'joined', { what: 'it joins' });
          await session.call({ method: 'GET', path: `/api/v1/nodes/${JOINING_NODE}`, expect: [404] });
          await until(() => stat(kubeconfig).then(() => true), { what: 'the kubeconfig is there' });
        },
      };
    },
  };
};
