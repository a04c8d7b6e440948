import type { Hint } from '../../host/folder-watch.ts';

/** How long a file that is written in place must be at rest before it is read for good, ms. */
export const SETTLE_MS = 150;
/** How long a file must be at rest if inotify says that it was moved and its time stamps do not tell, ms. */
export const MOVED_MS = 5;
/** How long a file must be missing before it counts as removed, ms: editors remove and make anew in one go. */
export const MISSING_MS = 100;
/** A new file that does not come to rest is reported after this time, ms. */
export const UNREST_MS = 2000;

/** A content that was seen but is not taken for the truth yet. All times in ms since the epoch. */
export interface Candidate {
  readonly fingerprint: string;
  /** When this fingerprint was first seen. */
  readonly since: number;
  /** When the file was first seen to differ from what was adopted. */
  readonly first: number;
}

/** @param fingerprint empty: it changed under the reader's eyes */
export const nextCandidate = (before: Candidate | undefined, fingerprint: string, now: number): Candidate => {
  if (before === undefined) return { fingerprint, since: now, first: now };
  // A clock that was set back must not keep a file waiting.
  const same = fingerprint !== '' && before.fingerprint === fingerprint && before.since <= now;
  return { fingerprint, since: same ? before.since : now, first: Math.min(before.first, now) };
};

export interface Evidence {
  readonly candidate: Candidate;
  /** The latest word of inotify on this name since the last adoption. */
  readonly hint: Hint | undefined;
  /** The inode changed after its content did, as a rename does to it. */
  readonly renamed: boolean;
  /** By the file's own time stamps, ms. */
  readonly changedAt: number;
  readonly valid: boolean;
  readonly now: number;
}

/**
 * When to look again because what was read may not be the whole content, ms since the epoch; undefined: it is whole.
 *
 * A file moved into place was complete before it got its name, and inotify tells so: its last word on the name is
 * `moved`, no `written` follows. That word can be late by as long as the writer is kept from running, unless the time
 * stamps say the same (they are coarse: what was written and renamed within some milliseconds looks as if written in
 * place). Whatever else it may be waits until it was at rest for longer; so does what is not valid, since nothing is
 * gained by haste with it.
 */
export const lookAgainAt = ({ candidate, hint, renamed, changedAt, valid, now }: Evidence): number | undefined => {
  const settled = Math.min(candidate.since, changedAt) + SETTLE_MS;
  const believed = changedAt + MOVED_MS;
  const at = hint === 'moved' && valid ? (renamed ? now : believed) : settled;
  const next = Math.min(at, settled);
  return next <= now ? undefined : Math.min(next, now + SETTLE_MS);
};
