import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '../../../daemon/pods/v1.ts';
import { type Bootlet, startBootlet } from '../../lab/bootlet.ts';
import { startDockerd } from '../../lab/dockerd.ts';
import { run } from '../../lab/run.ts';
import type { Scope } from '../../lab/scope.ts';
import { until } from '../../lab/until.ts';
import type { ExpectedEvent } from './expectation.ts';
import { caseImages } from './images.ts';

const NODE_IP = '127.0.0.1';
const ENDED_MS = 90_000;

/** What is known of a pod since someone asked to follow it. */
export interface History {
  readonly uids: Set<string>;
  /** The last ones seen. */
  uid?: string;
  podIP?: string;
}

/** The program under test, seen only from outside: its manifest folder, its socket and what its pods write. */
export interface CaseHost {
  readonly nodeName: string;
  readonly nodeIP: string;
  readonly manifests: Pick<Bootlet, 'drop' | 'take'>;
  /** A new empty folder that everyone may write to, on a mount with shared propagation. */
  newFolder(): Promise<string>;
  /** Starts the history of a pod, by its name with the node's. */
  follow(podName: string): History;
  /** The pod as it is listed now. */
  pod(podName: string): Promise<Pod | undefined>;
  /** What was reported of a pod since a time in ms since the epoch. */
  eventsOf(podName: string, since: number): Promise<readonly ExpectedEvent[]>;
  /** Resolves once no pod is listed any more. */
  ended(): Promise<void>;
}

interface ListedEvent extends Omit<ExpectedEvent, 'fieldPath'> {
  readonly lastTimestamp: string;
  readonly involvedObject: { readonly name: string; readonly fieldPath?: string };
}

/** Starts a Docker of its own with the images of the corpus, and on that a daemon configured as the corpus says. */
export const startCaseHost = async (scope: Scope): Promise<CaseHost> => {
  const docker = await startDockerd(scope, { network: 'own' });
  for (const archive of await caseImages()) await docker.engine.load(archive);
  const folders = await sharedFolder(scope);
  const nodeName = hostname().toLowerCase();
  const bootlet = await startBootlet(scope, {
    docker,
    config: {
      nodeName,
      nodeIPs: [NODE_IP],
      pods: { clusterDNS: ['10.96.0.10'], clusterDomain: 'cluster.local' },
    },
  });
  const items = async <T>(path: string): Promise<readonly T[]> =>
    ((await bootlet.api(path)).body as { readonly items: readonly T[] }).items;

  const histories = new Map<string, History>();
  const look = async (): Promise<readonly Pod[]> => {
    const pods = await items<Pod>('/api/v1/pods');
    for (const { metadata, status } of pods) {
      const history = histories.get(metadata.name);
      if (history === undefined) continue;
      history.uids.add(metadata.uid);
      history.uid = metadata.uid;
      if (status?.podIP !== undefined) history.podIP = status.podIP;
    }
    return pods;
  };
  everySoOften(scope, look);

  return {
    nodeName,
    nodeIP: NODE_IP,
    manifests: bootlet,
    newFolder: async () => {
      const folder = await mkdtemp(join(folders, 'case-'));
      await chmod(folder, 0o777);
      return folder;
    },
    follow: (podName) => {
      const history: History = { uids: new Set() };
      histories.set(podName, history);
      return history;
    },
    pod: async (podName) => (await look()).find(({ metadata }) => metadata.name === podName),
    eventsOf: async (podName, since) =>
      (await items<ListedEvent>('/api/v1/events'))
        .filter((event) => event.involvedObject.name === podName && Date.parse(event.lastTimestamp) >= since)
        .map(({ type, reason, involvedObject: { fieldPath } }) => ({
          type,
          reason,
          ...(fieldPath === undefined ? {} : { fieldPath }),
        })),
    ended: async () => {
      await until(async () => (await look()).length === 0, { what: 'pods gone', within: ENDED_MS, every: 200 });
    },
  };
};

/** Nobody tells of a pod that comes and goes between two comparisons, so one looks in between. */
const everySoOften = (scope: Scope, look: () => Promise<unknown>): void => {
  const timer = setInterval(() => void look().catch(() => undefined), 250);
  scope.teardown(() => clearInterval(timer));
};

/** A folder on a mount of its own with shared propagation, as the root of a host under systemd has it. */
const sharedFolder = async (scope: Scope): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'bl-cases-'));
  scope.teardown(() => rm(folder, { recursive: true, force: true }));
  await run('mount', ['--bind', folder, folder]);
  scope.teardown(async () => {
    await run('umount', ['--recursive', '--lazy', folder]);
  });
  await run('mount', ['--make-shared', folder]);
  return folder;
};
