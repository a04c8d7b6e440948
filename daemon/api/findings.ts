import { describeIssue } from '../pods/manifest/describe-issue.ts';
import {
  folderOwnerType,
  httpManifestsType,
  type ImageArchive,
  imageArchiveType,
  type ManifestStatus,
  manifestFolderType,
  manifestStatusType,
  nodePressureType,
  podSpecType,
  podStatusType,
  runtimeStateType,
} from '../pods/resources.ts';
import { type Trouble, troubleType } from '../reconcile/engine.ts';
import type { Reader } from '../reconcile/store.ts';
import { clusterFindings } from './cluster-findings.ts';
import type { Finding } from './finding.ts';
import { networkFindings } from './network-findings.ts';

/** A controller that fails for less long is not worth a word: it will have retried by then, ms. */
export const PATIENCE_MS = 5000;

const firstOf = <T>(items: readonly T[], describe: (item: T) => string): string => {
  const [first, ...more] = items;
  if (first === undefined) return '';
  return more.length === 0 ? describe(first) : `${describe(first)} (and ${more.length} more)`;
};

const runtimeReady = (store: Reader): Finding => {
  const type = 'RuntimeReady';
  const state = store.list(runtimeStateType)[0]?.value;
  if (state === undefined) {
    return {
      type,
      status: 'Unknown',
      reason: 'NotAsked',
      message: 'the container runtime was not asked yet',
      next: 'bootlet status',
    };
  }
  if (state.ready) {
    return {
      type,
      status: 'True',
      reason: 'Answers',
      message: `${state.name} ${state.version} (API ${state.apiVersion})`,
    };
  }
  const message = `${state.message}; pods that run keep running, but bootlet cannot start or restart any`;
  return { type, status: 'False', reason: 'DoesNotAnswer', message, next: `systemctl status ${state.name}` };
};

const folderAvailable = (store: Reader): Finding => {
  const type = 'ManifestFolderAvailable';
  const folder = store.list(manifestFolderType)[0]?.value;
  if (folder === undefined || folder.state === 'unread') {
    return {
      type,
      status: 'Unknown',
      reason: 'NotRead',
      message: 'the manifest folder was not read yet',
      next: 'bootlet status',
    };
  }
  if (folder.state === 'present') return { type, status: 'True', reason: 'Read', message: folder.path };
  if (folder.state === 'untrusted' || folder.state === 'overfull') {
    const reason = { untrusted: 'Untrusted', overfull: 'Overfull' }[folder.state];
    const message = `${folder.message}; pods keep running as they were`;
    return { type, status: 'False', reason, message, next: `ls -ld ${folder.path}` };
  }
  const message = `${folder.path}: ${folder.message}; pods keep running as they were. Put the folder back, or mount it again`;
  return { type, status: 'False', reason: 'Vanished', message, next: `ls -ld ${folder.path}` };
};

/** Only where there are such sources. */
const httpSourcesAvailable = (store: Reader): readonly Finding[] => {
  const type = 'HttpSourcesAvailable';
  const all = store.list(httpManifestsType).map(({ value }) => value);
  const [first, ...more] = all.filter(({ state }) => state !== 'available');
  if (all.length === 0) return [];
  if (first === undefined) return [{ type, status: 'True', reason: 'Answer', message: `all ${all.length}` }];
  const unread = all.some(({ state }) => state === 'unread');
  const message = `${firstOf([first, ...more], (source) => source.message)}; pods keep running as they were`;
  return [
    {
      type,
      status: unread ? 'Unknown' : 'False',
      reason: unread ? 'NotRead' : 'NoAnswer',
      message,
      next: 'bootlet events',
    },
  ];
};

const folderContested = (store: Reader): Finding => {
  const type = 'ManifestFolderContested';
  const owner = store.list(folderOwnerType)[0];
  if (owner === undefined) {
    return {
      type,
      status: 'Unknown',
      reason: 'NotLooked',
      message: 'nobody looked for a kubelet yet',
      next: 'bootlet status',
    };
  }
  const { contestedBy, failure } = owner.value;
  if (contestedBy === undefined && failure !== undefined) {
    return { type, status: 'Unknown', reason: 'LookFailed', message: failure, next: 'journalctl -u bootlet' };
  }
  if (contestedBy === undefined) {
    return { type, status: 'False', reason: 'OnlyBootlet', message: `nobody else reads ${owner.id}` };
  }
  const who = contestedBy.pid === undefined ? contestedBy.what : `${contestedBy.what} (pid ${contestedBy.pid})`;
  const message = `${who} reads ${owner.id} too, so bootlet starts nothing. Stop it, or give bootlet a folder of its own (paths.manifests)`;
  return { type, status: 'True', reason: 'KubeletReadsIt', message, next: 'systemctl disable --now kubelet' };
};

const describeManifest = ({ path, message, issues, lastGood }: ManifestStatus): string => {
  const [issue] = issues;
  const what = issue === undefined ? `${path}: ${message}` : describeIssue(path, issue);
  return lastGood ? `${what}; the last good content keeps running` : what;
};

const manifestsValid = (store: Reader): Finding => {
  const type = 'ManifestsValid';
  const all = store.list(manifestStatusType).map(({ value }) => value);
  const bad = all.filter(({ state }) => state === 'invalid' || state === 'refused' || state === 'conflict');
  const [first] = bad;
  if (first === undefined) {
    const active = all.filter(({ state }) => state === 'active').length;
    return { type, status: 'True', reason: 'AllValid', message: `${active} in use` };
  }
  const reason = { invalid: 'Invalid', refused: 'Refused', conflict: 'Conflict', active: '', ignored: '' }[first.state];
  const isInvalidFile = first.state === 'invalid' && first.path.startsWith('/');
  const next = isInvalidFile ? `bootlet manifest validate ${first.path}` : 'bootlet status -o yaml';
  return { type, status: 'False', reason, message: firstOf(bad, describeManifest), next };
};

/** Why a pod is not ready: what keeps its sandbox from being made, else the words of its first container that has some, else of its conditions. */
const whyNotReady = (store: Reader, key: string): string | undefined => {
  const status = store.get(podStatusType, key)?.pod.status;
  if (status === undefined) return 'not started yet';
  // What belongs on another node, or was stopped on purpose, is as it should be.
  if (status.phase === 'Succeeded' || status.reason === 'NodeAffinity' || status.reason === 'Stopped') return undefined;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return undefined;
  const sandbox = status.conditions?.find(({ type }) => type === 'PodReadyToStartContainers');
  if (sandbox?.reason !== undefined) return `${sandbox.reason}: ${sandbox.message ?? ''}`;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const waiting = containers.find(({ state }) => state?.waiting?.reason !== undefined);
  const { reason, message } = waiting?.state?.waiting ?? {};
  const words = [waiting?.name, reason, message].filter((word) => word !== undefined && word !== '');
  return words.length > 0 ? words.join(': ') : (ready?.message ?? status.message ?? status.phase ?? 'not ready');
};

const podsReady = (store: Reader): Finding => {
  const type = 'PodsReady';
  const keys = store.list(podSpecType).map(({ id }) => id);
  const notReady = keys.map((key) => ({ key, why: whyNotReady(store, key) })).filter(({ why }) => why !== undefined);
  const [first] = notReady;
  if (first === undefined) {
    return {
      type,
      status: 'True',
      reason: 'AllReady',
      message: keys.length === 0 ? 'there are none' : `all ${keys.length}`,
    };
  }
  const message = `${keys.length - notReady.length} of ${keys.length}; ${firstOf(notReady, ({ key, why }) => `${key}: ${why}`)}`;
  return { type, status: 'False', reason: 'NotReady', message, next: `bootlet pod inspect ${first.key}` };
};

type FailedArchive = Extract<ImageArchive, { readonly state: 'failed' }>;

/** Only where an archive could not be loaded: most hosts have none at all. */
const imagesLoaded = (store: Reader): readonly Finding[] => {
  const failed = store
    .list(imageArchiveType)
    .map(({ value }) => value)
    .filter((archive): archive is FailedArchive => archive.state === 'failed');
  const [first] = failed;
  if (first === undefined) return [];
  const message = firstOf(failed, ({ path, message: why }) => `${path}: ${why}`);
  return [{ type: 'ImagesLoaded', status: 'False', reason: 'NotLoaded', message, next: `ls -l ${first.path}` }];
};

const describeTrouble = ({ controller, key, message, hint }: Trouble): string =>
  `${controller} ${key}: ${message}${hint === undefined ? '' : `; ${hint}`}`;

const reconciling = (store: Reader, now: number): Finding => {
  const type = 'Reconciling';
  const failing = store
    .list(troubleType)
    .map(({ value }) => value)
    .filter(({ kind, since }) => kind === 'failing' && now - since >= PATIENCE_MS);
  if (failing.length === 0) return { type, status: 'True', reason: 'NothingFails', message: 'no controller fails' };
  return {
    type,
    status: 'False',
    reason: 'Failing',
    message: firstOf(failing, describeTrouble),
    next: 'bootlet events',
  };
};

/** What to look at when the node is short of something. */
const lookAt: Readonly<Record<string, string>> = {
  MemoryPressure: 'bootlet metrics',
  DiskPressure: 'df -h; df -i',
  PIDPressure: 'ps -eLf',
};

/** As in the status of a Node; none before the first look. */
const pressures = (store: Reader): readonly Finding[] =>
  store.list(nodePressureType).map(({ id, value: { isPressed, reason, message, met } }) => ({
    type: id,
    status: isPressed ? 'True' : 'False',
    reason,
    message: met === undefined ? message : `${message}: ${met} is below its threshold (node.evictionHard)`,
    ...(isPressed ? { next: lookAt[id] ?? 'bootlet metrics' } : {}),
  }));

/** What is right and wrong with the host, the most pressing first. @param now ms since the epoch */
export const findingsOf = (store: Reader, now: number): readonly Finding[] => [
  runtimeReady(store),
  folderContested(store),
  ...clusterFindings(store, now),
  ...networkFindings(store),
  folderAvailable(store),
  ...httpSourcesAvailable(store),
  manifestsValid(store),
  ...imagesLoaded(store),
  podsReady(store),
  ...pressures(store),
  reconciling(store, now),
];
