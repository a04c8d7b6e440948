import { ownAnnotation } from '../manifest/own-annotations.ts';
import { type PodAdmission, type PodEviction, type PodSpec, podKey } from '../resources.ts';
import type { Pod } from '../v1.ts';
import { rejectionOf } from './checks.ts';
import type { AdmittingNode } from './node.ts';
import { type Occupancy, occupy, unoccupied } from './occupancy.ts';
import { cycleFrom, podsNamedBy } from './relations.ts';

export interface AdmissionInput {
  /** Every wanted pod. */
  readonly specs: readonly PodSpec[];
  /** What was decided last, by pod key, be it for an earlier uid. */
  readonly before: (key: string) => PodAdmission | undefined;
  /** The pod as it stands, by key. */
  readonly status: (key: string) => Pod | undefined;
  /** Every pod that has a status, also those that are no longer wanted. Asked for only where something is to be decided. */
  readonly pods: () => readonly Pod[];
  /** `runKey`s of pods that have containers, whether or not they run. */
  readonly known: () => ReadonlySet<string>;
  /** Keys of pods of which something runs, and the same as `runKey`s. Asked for only where something is to be decided. */
  readonly running: () => ReadonlySet<string>;
  /** Keys of pods that an administrator stopped. */
  readonly stopped: ReadonlySet<string>;
  /** Pods that have to make room, by key. */
  readonly evicted: ReadonlyMap<string, PodEviction>;
  readonly node: AdmittingNode;
}

const { after, conflictsWith } = ownAnnotation;

/** One uid of a pod's name. */
export const runKey = (key: string, uid: string): string => `${key} ${uid}`;

/**
 * Decides which of the wanted pods may run now.
 *
 * - One that was admitted stays so, and one that runs already counts as admitted: neither labels that change nor a
 *   restart of the daemon end a pod. Only a stop that was asked for does, and an eviction.
 * - The others come in the order of their manifests, behind those that ran under an earlier uid: of two that exclude
 *   each other the one that runs goes on.
 * - A pod that has come to its end takes nothing of the node, and stays what it was: whether it may run is not asked again.
 * - What is ending holds its ports and resources until it has ended; who needs them waits.
 */
export const admitPods = (input: AdmissionInput): ReadonlyMap<string, PodAdmission> => {
  const decided = new Map<string, PodAdmission>();
  const open: PodSpec[] = [];
  for (const spec of input.specs) {
    const settled = settledOf(spec, input);
    if (settled === undefined) open.push(spec);
    else decided.set(podKey(spec), settled);
  }
  if (open.length === 0) return decided;
  const admitted = input.specs.filter((spec) => decided.get(podKey(spec))?.state === 'admitted');
  let active = admitted.filter((spec) => !isOver(spec, input));
  let occupied = active.reduce((sum, { pod }) => occupy(sum, pod), unoccupied);
  const ending = endingOf(input, active);
  for (const spec of inTurn(open, input)) {
    if (isUntold(spec, input)) continue;
    const admission = decide(spec, input, { active, occupied, ending });
    decided.set(podKey(spec), admission);
    if (admission.state !== 'admitted') continue;
    active = [...active, spec];
    occupied = occupy(occupied, spec.pod);
  }
  return decided;
};

/** What needs no further look; the very value from before where nothing changed. */
const settledOf = (spec: PodSpec, input: AdmissionInput): PodAdmission | undefined => {
  const { before, running, stopped, evicted } = input;
  const key = podKey(spec);
  const { uid } = spec;
  const last = before(key);
  if (stopped.has(key))
    return { uid, state: 'stopped', message: `it was stopped; start it with: bootlet pod start ${key}` };
  const eviction = evicted.get(key);
  if (eviction?.uid === uid) return { uid, state: 'evicted', reason: 'Evicted', message: eviction.message };
  if (last?.uid === uid && last.state === 'admitted') return last;
  if (running().has(runKey(key, uid))) return { uid, state: 'admitted' };
  // Of one that was refused or evicted the end is that.
  const mayHaveRun = last?.uid !== uid || last.state === 'waiting';
  return mayHaveRun && isOver(spec, input) ? { uid, state: 'admitted' } : undefined;
};

/** Whether a pod ran before this daemon, whose status does not tell yet if it has come to its end. */
const isUntold = (spec: PodSpec, { before, status, known }: AdmissionInput): boolean => {
  const key = podKey(spec);
  return before(key)?.uid !== spec.uid && known().has(runKey(key, spec.uid)) && status(key)?.metadata.uid !== spec.uid;
};

/** The pods of which something still runs, though they are no longer to. */
const endingOf = ({ pods, running }: AdmissionInput, active: readonly PodSpec[]): readonly Pod[] => {
  const uids = new Set(active.map(({ uid }) => uid));
  return pods().filter(({ metadata: { namespace = '', name = '', uid = '' } }) => {
    return !uids.has(uid) && running().has(runKey(podKey({ namespace, name }), uid));
  });
};

const inTurn = (open: readonly PodSpec[], { before }: AdmissionInput): readonly PodSpec[] => {
  const rank = (spec: PodSpec): string => (before(podKey(spec))?.state === 'admitted' ? '0' : '1') + spec.source;
  return open.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
};

const isOver = (spec: PodSpec, { status }: AdmissionInput): boolean => {
  const pod = status(podKey(spec));
  const phase = pod?.metadata.uid === spec.uid ? pod.status?.phase : undefined;
  return phase === 'Succeeded' || phase === 'Failed';
};

/** Who has the node, or a part of it. */
interface Others {
  readonly active: readonly PodSpec[];
  readonly occupied: Occupancy;
  readonly ending: readonly Pod[];
}

const decide = (spec: PodSpec, input: AdmissionInput, { active, occupied, ending }: Others): PodAdmission => {
  const { uid } = spec;
  const find = (keys: readonly string[]) => input.specs.find((other) => keys.includes(podKey(other)));
  const cycle = cycleFrom(spec, find);
  if (cycle !== undefined) {
    const message = `${after} goes in a circle: ${[podKey(spec), ...cycle].join(' -> ')}`;
    return { uid, state: 'rejected', reason: 'StartOrderCycle', message };
  }
  const rejection = rejectionOf(spec.pod, input.node, occupied);
  if (rejection !== undefined) return { uid, state: 'rejected', ...rejection };
  // Its own predecessor is the worker's business, which makes it ready meanwhile.
  const inTheWay = ending.filter(
    ({ metadata }) => metadata.name !== spec.name || metadata.namespace !== spec.namespace,
  );
  const crowded = rejectionOf(spec.pod, input.node, inTheWay.reduce(occupy, occupied));
  if (crowded !== undefined) {
    const names = inTheWay.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`).join(', ');
    return { uid, state: 'waiting', reason: 'WaitingForPod', message: `${crowded.message}, until ${names} has ended` };
  }
  const rival = rivalOf(spec, input, active);
  if (rival !== undefined) {
    return { uid, state: 'waiting', reason: 'ConflictingPod', message: `${rival} runs, of the two only one may` };
  }
  for (const { text, keys } of podsNamedBy(spec, after)) {
    const other = find(keys);
    const message = other === undefined ? `there is no pod ${text}, which it comes after` : awaited(other, input);
    if (message !== undefined) return { uid, state: 'waiting', reason: 'WaitingForPod', message };
  }
  return { uid, state: 'admitted' };
};

/** The pod that has the place: admitted, or still ending, and named by this one or naming it. */
const rivalOf = (spec: PodSpec, { running }: AdmissionInput, active: readonly PodSpec[]): string | undefined => {
  const own = podKey(spec);
  const named = podsNamedBy(spec, conflictsWith).flatMap(({ keys }) => keys);
  const naming = active.filter((other) => podsNamedBy(other, conflictsWith).some(({ keys }) => keys.includes(own)));
  const present = new Set([...active.map(podKey), ...running()]);
  return [...named.filter((key) => present.has(key)), ...naming.map(podKey)].find((key) => key !== own);
};

/** What is missing before a pod may come after `other`; undefined when nothing is. */
const awaited = (other: PodSpec, { status }: AdmissionInput): string | undefined => {
  const key = podKey(other);
  const pod = status(key);
  const ready =
    pod?.metadata.uid === other.uid && pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
  if (ready) return undefined;
  const { phase = 'Pending', reason } = pod?.status ?? {};
  return `waits for ${key} to be Ready, which is ${reason ?? phase}`;
};
