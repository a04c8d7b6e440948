import { isMirror } from '../node/mirror/mirror-pod.ts';
import { lackOfTaints } from '../node/object/taints.ts';
import {
  boundPodType,
  clusterNodeType,
  credentialsType,
  type JoinObstacle,
  joinStateType,
  leaseStateType,
  registrationType,
  sessionType,
  wantedClusterType,
} from '../node/resources.ts';
import type { ResourceType } from '../reconcile/resource.ts';
import type { Reader } from '../reconcile/store.ts';
import { certificateFindings } from './certificate-findings.ts';
import type { Finding } from './finding.ts';

/** As long as the lease is good for, which is when the cluster takes the host for dead. */
const LEASE_MS = 40_000;
const PREFLIGHT = 'bootlet preflight';
/** What a cluster that is away means here: the reader's first question. */
const RUN_ON = 'pods of this host run on';

const UNVERIFIED =
  'who the cluster is was believed by the token alone (unsafeSkipCAVerification): give cluster.discovery.caCertHashes';

/** Of what there is one of. */
const only = <T>(store: Reader, type: ResourceType<T>): T | undefined => store.list(type)[0]?.value;

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** What shows more about an obstacle, by the beginning of its reason. */
const lookAt: readonly (readonly [string, string])[] = [
  ['E_TOKEN', 'bootlet token check'],
  ['Token', 'bootlet token check'],
  ['E_CLOCK_SKEW', 'timedatectl'],
  ['Certificate', 'bootlet events'],
  ['E_CERTIFICATE', 'bootlet cert show'],
];

/** What is said of an obstacle, and what to type: the command that it calls for, else one that shows more. */
const obstacle = ({ reason, message, advice }: JoinObstacle): Omit<Finding, 'type'> => {
  if (advice.startsWith('kubectl ')) return { status: 'False', reason, message, next: advice };
  const next = lookAt.find(([start]) => reason.startsWith(start))?.[1] ?? PREFLIGHT;
  return { status: 'False', reason, message: advice === '' ? message : `${message}; ${advice}`, next };
};

/** Whether the host has an identity that the cluster gave it. */
const joined = (store: Reader): Finding => {
  const type = 'Joined';
  const join = only(store, joinStateType);
  if (join === undefined) {
    const message = 'the cluster was not looked for yet';
    return { type, status: 'Unknown', reason: 'NotLooked', message, next: 'bootlet status' };
  }
  if (join.state === 'joined') {
    const user = only(store, credentialsType)?.user ?? '';
    const who = user === '' ? 'the host has its identity' : `as ${user}`;
    const isUnverified = only(store, wantedClusterType)?.isUnverified ?? false;
    return isUnverified
      ? { type, status: 'True', reason: 'JoinedUnverified', message: `${who}; ${UNVERIFIED}` }
      : { type, status: 'True', reason: 'Joined', message: who };
  }
  return { type, ...obstacle(join) };
};

/** Once there is an identity to ask with. */
const reachable = (store: Reader): readonly Finding[] => {
  const type = 'ClusterReachable';
  const session = only(store, sessionType);
  if (session === undefined) return [];
  const { state, server, since, message: why, distrust } = session;
  switch (state) {
    case 'answers':
      return [{ type, status: 'True', reason: 'Answers', message: server }];
    case 'unknown':
      return [{ type, status: 'Unknown', reason: 'NotAsked', message: `${server} was not asked yet`, next: PREFLIGHT }];
    case 'away': {
      if (distrust !== undefined) {
        const message = `since ${timeOf(since)} ${why}; ${RUN_ON}. ${distrust}`;
        return [{ type, status: 'False', reason: 'E_TLS_UNTRUSTED', message, next: PREFLIGHT }];
      }
      const message = `since ${timeOf(since)} no server answers: ${why}; ${RUN_ON}, and the cluster takes the host for dead after 40 s`;
      return [{ type, status: 'False', reason: 'NoServerAnswers', message, next: PREFLIGHT }];
    }
    case 'refused': {
      const message = `${server} does not know this host's identity (401): ${why}; ${RUN_ON}`;
      return [{ type, status: 'False', reason: 'IdentityRefused', message, next: 'bootlet cert show' }];
    }
    default:
      return state satisfies never;
  }
};

const registered = (store: Reader): readonly Finding[] => {
  const type = 'NodeRegistered';
  const node = only(store, clusterNodeType);
  const isRead = only(store, wantedClusterType)?.register === false;
  if (node !== undefined && isRead) {
    if (node.state === 'present') {
      const message = 'cluster.register is false: the Node is made and kept by somebody else';
      return [{ type, status: 'True', reason: 'OnlyReading', message }];
    }
    const message = 'cluster.register is false, and the cluster has no Node of this name: somebody else has to make it';
    return [{ type, status: 'False', reason: 'NoNode', message, next: 'bootlet node show' }];
  }
  const registration = only(store, registrationType);
  if (registration === undefined) return [];
  if (registration.state === 'registered')
    return [{ type, status: 'True', reason: 'Registered', message: `uid ${registration.uid}` }];
  return [{ type, ...obstacle(registration) }];
};

/** Told only where it is not as it should be. */
const lease = (store: Reader, now: number): readonly Finding[] => {
  const type = 'LeaseRenewed';
  const state = only(store, leaseStateType);
  if (state === undefined || only(store, registrationType)?.state !== 'registered') return [];
  const { rival, renewedAt } = state;
  if (rival !== '') {
    const message = `${rival} renews the lease of this Node too: it is a clone of this host, and one of the two needs a name and a machine id of its own`;
    return [{ type, status: 'False', reason: 'Cloned', message, next: 'cat /etc/machine-id' }];
  }
  // Why it is so is told of the connection, where that is the reason.
  if (now - renewedAt < LEASE_MS || only(store, sessionType)?.state !== 'answers') return [];
  const message = `the lease was renewed last at ${timeOf(renewedAt)}: the cluster takes the host for dead`;
  return [{ type, status: 'False', reason: 'NotRenewed', message, next: 'bootlet events' }];
};

/** Who cordoned it meant it: told, and no fault. */
const schedulable = (store: Reader): readonly Finding[] => {
  const type = 'NodeSchedulable';
  const node = only(store, clusterNodeType);
  if (node?.state !== 'present') return [];
  const isCordoned = node.node.spec?.unschedulable === true;
  if (!isCordoned) return [{ type, status: 'True', reason: 'NotCordoned', message: 'the Node is not cordoned' }];
  const message = `the Node is cordoned; static pods run all the same. kubectl uncordon ${node.node.metadata?.name ?? ''} ends it`;
  return [{ type, status: 'False', reason: 'Cordoned', message }];
};

/** A Node that a kubelet left, or that was made by hand, has not the taints that bootlet makes its own with, and may not add them. */
const keptFree = (store: Reader): readonly Finding[] => {
  const node = only(store, clusterNodeType);
  if (node?.state !== 'present' || only(store, registrationType)?.state !== 'registered') return [];
  const lack = lackOfTaints(node.node);
  if (lack === undefined) return [];
  const { message, command: next } = lack;
  return [{ type: 'NodeKeptFree', status: 'False', reason: 'TaintMissing', message, next }];
};

const MOST_NAMES = 3;

/** Pods of the cluster that are bound here, as those of a DaemonSet that tolerates every taint are: told, and no fault. */
const foreignPods = (store: Reader): readonly Finding[] => {
  const names = store
    .list(boundPodType)
    .filter(({ value }) => !isMirror(value))
    .map(({ value: { metadata } }) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`);
  if (names.length === 0) return [];
  const shown = names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), 'others'] : names;
  const message = `${names.length} bound to this Node by the cluster and not started, since bootlet runs static pods only: ${shown.join(', ')}`;
  return [{ type: 'ForeignPods', status: 'True', reason: 'NotStarted', message }];
};

const types: ReadonlySet<string> = new Set([
  'Joined',
  'ClusterReachable',
  'NodeRegistered',
  'LeaseRenewed',
  'CertificateValid',
  'CertificateFresh',
  'TokenPresent',
  'NodeSchedulable',
  'NodeKeptFree',
  'ForeignPods',
]);

/** Whether a condition is one of the findings below. */
export const isOfCluster = (type: string): boolean => types.has(type);

/** What is right and wrong between the host and its cluster; nothing where none is configured. @param now ms since the epoch */
export const clusterFindings = (store: Reader, now: number): readonly Finding[] => {
  if (only(store, wantedClusterType) === undefined) return [];
  return [
    joined(store),
    ...reachable(store),
    ...registered(store),
    ...lease(store, now),
    ...certificateFindings(only(store, credentialsType), now),
    ...schedulable(store),
    ...keptFree(store),
    ...foreignPods(store),
  ];
};
