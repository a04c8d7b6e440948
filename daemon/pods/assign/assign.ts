import { describeIssue } from '../manifest/describe-issue.ts';
import type { StaticPod } from '../manifest/read.ts';
import { type ManifestFile, type ManifestStatus, type PodSpec, podKey } from '../resources.ts';
import type { Standing } from './standing.ts';

/** The content of a manifest that last gave a pod. A path has one exactly while it owns its pod. */
export interface LastGood {
  readonly path: string;
  readonly contentHash: string;
  readonly bytes: Uint8Array;
  readonly pod: StaticPod;
}

export interface Assignment {
  readonly specs: readonly PodSpec[];
  readonly statuses: readonly ManifestStatus[];
  /** What to remember, by path. */
  readonly remember: ReadonlyMap<string, LastGood>;
}

/** A file's demand for a pod. */
interface Claim extends LastGood {
  readonly current: boolean;
}

const byPath = <T extends { readonly path: string }>(a: T, b: T): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

const claimOf = (file: ManifestFile, before: LastGood | undefined): Claim | undefined => {
  switch (file.state) {
    case 'valid': {
      const { path, contentHash, bytes, pod } = file;
      return { path, contentHash, bytes, pod, current: true };
    }
    case 'invalid':
    case 'refused':
      return before === undefined ? undefined : { ...before, current: false };
    case 'ignored':
      return undefined;
  }
};

/** Who had the pod keeps it; at first sight, and should two be remembered, name order decides. */
const ownerAmong = (claims: readonly Claim[], remembered: ReadonlyMap<string, LastGood>): Claim | undefined => {
  const had = claims.filter((c) => {
    const before = remembered.get(c.path);
    return before !== undefined && podKey(before.pod) === podKey(c.pod);
  });
  return (had.length > 0 ? had : claims).toSorted(byPath)[0];
};

/** Who has each name, or each uid, that is claimed. */
const ownersBy = (
  keyOf: (claim: Claim) => string,
  claims: Iterable<Claim>,
  remembered: ReadonlyMap<string, LastGood>,
): ReadonlyMap<string, Claim> => {
  const owners = new Map<string, Claim>();
  for (const [key, rivals] of Map.groupBy(claims, keyOf)) {
    const owner = ownerAmong(rivals, remembered);
    if (owner !== undefined) owners.set(key, owner);
  }
  return owners;
};

const statusOf = (file: ManifestFile, claim: Claim | undefined, owner: Claim | undefined): ManifestStatus => {
  const { path } = file;
  const owns = claim !== undefined && claim.path === owner?.path;
  const pod = claim === undefined ? {} : { pod: podKey(claim.pod) };
  const goesOn = owns ? `; ${podKey(claim.pod)} goes on as the file last was` : '';
  switch (file.state) {
    case 'ignored':
      return { path, state: 'ignored', lastGood: false, message: file.reason, issues: [] };
    case 'invalid': {
      const [first] = file.errors;
      const what = first === undefined ? 'it is not valid' : describeIssue(path, first);
      return {
        path,
        ...pod,
        state: 'invalid',
        lastGood: owns,
        message: `${what}${goesOn}`,
        issues: [...file.errors, ...file.warnings],
      };
    }
    case 'refused': {
      const message = `${file.message} (${file.hint})${goesOn}`;
      return { path, ...pod, state: 'refused', lastGood: owns, message, issues: [] };
    }
    case 'valid': {
      const issues = file.warnings;
      if (owns) return { path, ...pod, state: 'active', lastGood: false, message: '', issues };
      const message = `${conflict(file.pod, owner)}; remove one of the two or give the pods different ones`;
      return { path, ...pod, state: 'conflict', lastGood: false, message, issues };
    }
  }
};

const conflict = (pod: StaticPod, owner: Claim | undefined): string =>
  owner === undefined || podKey(owner.pod) === podKey(pod)
    ? `the name ${podKey(pod)} is taken by ${owner?.path ?? 'another file'} already`
    : `the uid ${pod.uid} is that of ${podKey(owner.pod)} from ${owner.path} already`;

const statusWithoutFile = (claim: Claim, owner: Claim | undefined, why: string): ManifestStatus => {
  const owns = claim.path === owner?.path;
  const message = `${why}; ${podKey(claim.pod)} goes on as the file last was`;
  return { path: claim.path, pod: podKey(claim.pod), state: 'active', lastGood: owns, message, issues: [] };
};

const specOf = ({ pod, path }: Claim): PodSpec => {
  const { uid, namespace, name } = pod;
  return { uid, namespace, name, pod: pod.pod, source: path };
};

/**
 * Decides which pods should run, from which file, and what is to be said about each file.
 *
 * - Of the files that name one pod, or give two pods one uid, the one that had it keeps it, else the first by name has it.
 * - A file that is not valid or must not be trusted stands for its last content that gave a pod.
 * - A file that is gone stands for nothing, unless its source cannot be looked at (the folder itself is gone, or others
 *   may remove files from it; an address does not answer): then it stands for what it last gave.
 */
export const assign = (
  files: readonly ManifestFile[],
  standing: Standing,
  remembered: ReadonlyMap<string, LastGood>,
): Assignment => {
  const claims = new Map<string, Claim>();
  for (const file of files) {
    const claim = claimOf(file, remembered.get(file.path));
    if (claim !== undefined) claims.set(file.path, claim);
  }
  const seen = new Set(files.map((file) => file.path));
  const unseen = new Map<string, string>();
  for (const before of remembered.values()) {
    const reason = seen.has(before.path) ? undefined : standing(before.path);
    if (reason === undefined) continue;
    unseen.set(before.path, reason);
    claims.set(before.path, { ...before, current: false });
  }

  const named = ownersBy((claim) => podKey(claim.pod), claims.values(), remembered);
  // A uid that its author chose is one pod's too: it names folders and containers.
  const owners = ownersBy((claim) => claim.pod.uid, named.values(), remembered);
  const ownerOf = (claim: Claim | undefined): Claim | undefined => {
    const namesake = claim === undefined ? undefined : named.get(podKey(claim.pod));
    return namesake === undefined ? undefined : owners.get(namesake.pod.uid);
  };

  const statuses = files.map((file) => statusOf(file, claims.get(file.path), ownerOf(claims.get(file.path))));
  for (const [path, reason] of unseen) {
    const claim = claims.get(path);
    if (claim !== undefined) statuses.push(statusWithoutFile(claim, ownerOf(claim), reason));
  }
  const remember = [...owners.values()].map(({ current: _, ...lastGood }) => [lastGood.path, lastGood] as const);
  return { specs: [...owners.values()].map(specOf), statuses, remember: new Map(remember) };
};
