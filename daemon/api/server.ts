import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Node } from 'kubernetes-types/core/v1.d.ts';
import type { Config } from '../config/schema.ts';
import { BootletError } from '../errors.ts';
import type { NodeMeters } from '../node/meters.ts';
import { credentialsType } from '../node/resources.ts';
import type { PodMeters } from '../pods/stats/meters.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { EventRing } from '../reconcile/events.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import { type Log, newApp } from './app.ts';
import { clusterOf } from './cluster.ts';
import { isOfCluster } from './cluster-findings.ts';
import type { Collection } from './collection.ts';
import { find, serveCollection } from './collection-routes.ts';
import { eventCollection } from './events.ts';
import { serveExec } from './exec.ts';
import { hostSettingCollection } from './host-settings.ts';
import { serveLogs } from './logs.ts';
import { manifestCollection } from './manifests.ts';
import { type MetricsSources, serveMetrics } from './metrics/routes.ts';
import { networkOf } from './network.ts';
import { nodeCollection } from './nodes.ts';
import { podCollection, type ServedPod } from './pods.ts';
import { groupId, listenAt } from './socket.ts';
import type { StatusBoard } from './status-board.ts';
import { versionInfo } from './version-info.ts';

export interface ApiOptions {
  readonly store: Reader;
  readonly events: EventRing;
  readonly config: Config;
  readonly runtime: Pick<ContainerRuntime, 'logs' | 'openExec'>;
  readonly board: StatusBoard;
  readonly stats: MetricsSources['stats'];
  readonly meters: PodMeters;
  readonly nodeMeters: NodeMeters;
  /** The Node as it would be made now. */
  readonly plannedNode: () => Node;
  /** Has the certificate replaced that has this fingerprint. */
  readonly renewCertificate: (fingerprint: string) => void;
  /** bootlet's own. */
  readonly version: string;
  readonly clock: Clock;
  /** Whether the first look at the folder and at the runtime is done. */
  readonly ready: () => boolean;
  readonly actions: PodActions;
  readonly log: Log;
}

/** What may be done to a pod (`NAMESPACE/NAME`), by the last word of its path. */
export interface PodActions {
  /** Makes its containers anew. */
  readonly restart: PodAction;
  /** Ends it and leaves its manifest. */
  readonly stop: PodAction;
  readonly start: PodAction;
}

/** @throws BootletError E_NOT_FOUND */
type PodAction = (key: string) => void | Promise<void>;

export interface Api {
  close(): Promise<void>;
}

/** The group that may read. Without it, only root may. */
const READERS = 'bootlet';
const OWN = '/apis/bootlet.io/v1alpha1';

/**
 * Serves the local API on `bootlet.sock` (read-only) and `admin.sock` (changes) in `paths.run`. No other daemon may
 * serve there: the caller holds the lock of the state folder.
 */
export const startApi = async (options: ApiOptions): Promise<Api> => {
  const { config, log } = options;
  await mkdir(config.paths.run, { recursive: true, mode: 0o755 });
  const gid = await groupId(READERS);
  if (gid === undefined) log.warn({ group: READERS }, 'no such group: only root may read the status socket');
  const pods = podCollection(options.store);
  const reader = readerApp(options, pods);
  const admin = adminApp(options, pods);
  const close = async (): Promise<void> => {
    await Promise.all([reader.close(), admin.close()]);
  };
  try {
    // One after the other: they are made in the same folder.
    await listenAt(reader, join(config.paths.run, 'bootlet.sock'), { mode: gid === undefined ? 0o600 : 0o660, gid });
    await listenAt(admin, join(config.paths.run, 'admin.sock'), { mode: 0o600, gid: undefined });
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
};

const readerApp = (options: ApiOptions, pods: Collection<ServedPod>): FastifyInstance => {
  const { store, events, config, runtime, board, version, clock, plannedNode, ready, log } = options;
  const app = newApp(log);
  serveCollection(app, '/api/v1', pods, clock);
  serveCollection(app, '/api/v1', eventCollection(events, config.nodeName), clock);
  serveCollection(app, '/api/v1', nodeCollection({ store, nodeName: config.nodeName, planned: plannedNode }), clock);
  serveCollection(app, OWN, manifestCollection(store), clock);
  serveCollection(app, OWN, hostSettingCollection(store), clock);
  serveLogs(app, { pods, store, runtime, clock });
  app.get(`${OWN}/status`, async () => board.current());
  app.get(`${OWN}/network`, async () =>
    networkOf({ store, nodeName: config.nodeName, conditions: board.current().conditions }),
  );
  app.get(`${OWN}/cluster`, async () => {
    const conditions = board.current().conditions.filter(({ type }) => isOfCluster(type));
    return clusterOf({ store, nodeName: config.nodeName, conditions });
  });
  app.get('/version', async () => versionInfo(version));
  app.get('/livez', async () => 'ok');
  app.get('/readyz', async (_request, reply) => (ready() ? 'ok' : reply.code(503).send('not ready')));
  serveMetrics(app, { ...options, nodeName: config.nodeName });
  return app;
};

interface PodPath {
  readonly Params: { readonly namespace: string; readonly name: string };
}

const adminApp = (
  { actions, renewCertificate, store, runtime, log }: ApiOptions,
  pods: Collection<ServedPod>,
): FastifyInstance => {
  const app = newApp(log);
  serveExec(app, { pods, store, runtime, log });
  for (const [action, carryOut] of Object.entries(actions)) {
    app.post<PodPath>(`${OWN}/namespaces/:namespace/pods/:name/${action}`, async (request) => {
      const { metadata } = find(pods, request.params);
      await carryOut(`${metadata.namespace}/${metadata.name}`);
      const details = { name: metadata.name, kind: 'pods' };
      return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
    });
  }
  app.post(`${OWN}/certificate/renew`, async () => {
    renewCertificate(renewable(store));
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { kind: 'certificate' } };
  });
  return app;
};

/** Fingerprint of the host's certificate. @throws BootletError E_NOT_FOUND where it has none that bootlet could replace */
const renewable = (store: Reader): string => {
  const credentials = store.list(credentialsType)[0]?.value;
  if (credentials?.kind === 'bootstrap-token' && credentials.certificate !== undefined)
    return credentials.certificate.fingerprint;
  throw new BootletError('E_NOT_FOUND', 'this host has no certificate that bootlet renews', {
    hint: 'it has one after it joined with a bootstrap token (cluster.auth); one that it was given is for whoever gave it to renew',
    retryable: false,
  });
};
