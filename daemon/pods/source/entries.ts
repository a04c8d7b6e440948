import { join } from 'node:path';
import type { Hint } from '../../host/folder-watch.ts';
import type { Writer } from '../../reconcile/store.ts';
import type { ManifestFile } from '../resources.ts';
import type { SeenEntry } from './observe.ts';
import { type Candidate, lookAgainAt, MISSING_MS, nextCandidate, SETTLE_MS, UNREST_MS } from './settle.ts';

/**
 * What a pass found under one name. `at`, in ms, is an instant at which it was so: by the time that a pass ends, what
 * it found first may be long past, and a file that was being written must not seem to have been at rest since.
 */
export type Look = { readonly name: string; readonly at: number } & (
  | { readonly kind: 'missing' }
  | { readonly kind: 'same' }
  | { readonly kind: 'ignored'; readonly file: ManifestFile }
  | { readonly kind: 'refused'; readonly file: ManifestFile }
  | { readonly kind: 'changing'; readonly hint: Hint | undefined }
  | {
      readonly kind: 'read';
      readonly file: ManifestFile;
      readonly seen: SeenEntry & { kind: 'file' };
      readonly hint: Hint | undefined;
    }
);

interface Entry {
  /** What the store holds under this name. */
  readonly adopted?: { readonly file: ManifestFile; readonly fingerprint: string; readonly inode: string };
  readonly candidate?: Candidate & { readonly lookAgainAt: number };
  /** The latest word of inotify since the last adoption. */
  readonly hint?: Hint | undefined;
  readonly missingSince?: number;
}

export interface EntriesOptions {
  readonly folder: string;
  readonly files: Writer<ManifestFile>;
}

/** The entries of the folder as adopted, and what is on its way to be. */
export class Entries {
  readonly #options: EntriesOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: EntriesOptions) {
    this.#options = options;
  }

  names(): Iterable<string> {
    return this.#entries.keys();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many of them are more than ignored. */
  manifests(): number {
    return [...this.#entries.values()].filter((e) => e.adopted?.file.state !== 'ignored').length;
  }

  /** Nothing new, and nothing open. What was refused is tried again: the reason may lie in a folder above. */
  isKnown(name: string, fingerprint: string): boolean {
    const { adopted, candidate } = this.#entries.get(name) ?? {};
    return candidate === undefined && adopted?.fingerprint === fingerprint && adopted.file.state !== 'refused';
  }

  /** Whether a file is there of which neither an older content is known nor how long it will take to settle. */
  unsettled(now: number): boolean {
    return [...this.#entries.values()].some(
      ({ adopted, candidate }) => adopted === undefined && candidate !== undefined && now - candidate.first < UNREST_MS,
    );
  }

  /** The folder is gone: that its files are missing, or were moved, says nothing about the next one's. */
  leaveFolder(): void {
    for (const [name, { missingSince: _, hint: __, ...entry }] of this.#entries) this.#entries.set(name, entry);
  }

  /** When something that is under way must be looked at again, and what. */
  nextLook(now: number): { readonly at: number; readonly names: readonly string[] } {
    const waiting: { name: string; at: number }[] = [];
    for (const [name, { candidate, missingSince }] of this.#entries) {
      if (candidate !== undefined) waiting.push({ name, at: Math.min(candidate.lookAgainAt, now + SETTLE_MS) });
      else if (missingSince !== undefined) waiting.push({ name, at: Math.min(missingSince, now) + MISSING_MS });
    }
    const at = Math.min(...waiting.map((w) => w.at), Number.POSITIVE_INFINITY);
    return { at, names: waiting.filter((w) => w.at <= at).map((w) => w.name) };
  }

  /** Takes over what a pass found to be there. */
  takePresent(looks: readonly Look[]): void {
    for (const look of looks) if (look.kind !== 'missing') this.#takePresent(look);
  }

  /** Takes over what is not there any more; after what is, so that a renamed file is known by its new name first. */
  takeMissing(looks: readonly Look[]): void {
    for (const look of looks) if (look.kind === 'missing') this.#takeMissing(look);
  }

  #takePresent(look: Exclude<Look, { readonly kind: 'missing' }>): void {
    const now = look.at;
    const { adopted, candidate, hint: hintBefore } = this.#entries.get(look.name) ?? {};
    if (look.kind === 'ignored' || look.kind === 'refused') return this.#adopt(look.name, look.file, '', '');
    if (look.kind === 'same') {
      if (adopted !== undefined) this.#entries.set(look.name, { adopted });
      return;
    }
    const hint = look.hint ?? hintBefore;
    const fingerprint = look.kind === 'read' ? look.seen.fingerprint : '';
    const next = nextCandidate(candidate, fingerprint, now);
    let again: number | undefined = now + SETTLE_MS;
    if (look.kind === 'read') {
      const { file, seen } = look;
      again = lookAgainAt({ ...seen, candidate: next, hint, valid: file.state === 'valid', now });
      if (again === undefined || isSameContent(adopted?.file, file)) {
        return this.#adopt(look.name, file, seen.fingerprint, seen.inode);
      }
    }
    const waiting = { ...next, lookAgainAt: again };
    this.#entries.set(look.name, { ...(adopted === undefined ? {} : { adopted }), candidate: waiting, hint });
    if (adopted === undefined && now - next.first >= UNREST_MS) this.#showUnrest(look.name);
  }

  #adopt(name: string, file: ManifestFile, fingerprint: string, inode: string): void {
    this.#entries.set(name, { adopted: { file, fingerprint, inode } });
    this.#options.files.put(file.path, file);
  }

  #takeMissing({ name, at: now }: Look): void {
    const { adopted, missingSince = now } = this.#entries.get(name) ?? {};
    const over = adopted === undefined || now - missingSince >= MISSING_MS || this.#livesOn(name, adopted.inode);
    if (!over) {
      this.#entries.set(name, { adopted, missingSince: Math.min(missingSince, now) });
      return;
    }
    this.#entries.delete(name);
    this.#options.files.remove(join(this.#options.folder, name));
  }

  /** Renamed, not removed: there is nothing to wait for. A backup (`x~`) does not count, its original will be back. */
  #livesOn(name: string, inode: string): boolean {
    return [...this.#entries].some(
      ([other, { adopted, missingSince }]) =>
        other !== name && missingSince === undefined && inode !== '' && adopted?.inode === inode,
    );
  }

  #showUnrest(name: string): void {
    const path = join(this.#options.folder, name);
    const message = `${path} is still being written to`;
    const hint = 'write it elsewhere on the same file system and rename it into the folder';
    this.#options.files.put(path, { state: 'refused', path, code: 'E_FILE_UNREADABLE', message, hint });
  }
}

const isSameContent = (adopted: ManifestFile | undefined, read: ManifestFile): boolean =>
  adopted !== undefined &&
  'contentHash' in adopted &&
  'contentHash' in read &&
  adopted.state === read.state &&
  adopted.contentHash === read.contentHash;
