import type { Clock } from './clock.ts';

/** What an event is about, as in v1.ObjectReference. */
export interface Subject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  /** e.g. `spec.containers{web}` */
  readonly fieldPath?: string;
}

export interface EventInput {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, the kubelet's word where it has one. */
  readonly reason: string;
  readonly message: string;
  readonly subject: Subject;
}

/** One thing that happened; repeats are counted, not stored again. Times are ms since the epoch. */
export interface Event extends EventInput {
  /** Grows by one with each report. */
  readonly sequence: number;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

const PER_SUBJECT = 64;
const IN_ALL = 4096;

const subjectKey = (s: Subject): string => [s.kind, s.namespace ?? '', s.name].join('/');

/**
 * The last things that happened, 64 for each subject and 4096 in all, so that neither a crash loop nor a folder full
 * of pods can push everything else out or grow without limit.
 */
export class EventRing {
  readonly #clock: Clock;
  /** Insertion order is age: a repeated event moves to the end. */
  readonly #events = new Map<string, Event>();
  readonly #perSubject = new Map<string, Set<string>>();
  readonly #watchers = new Set<(event: Event) => void>();
  /** Starts at the time, above that of every earlier process, as the version of the store does. */
  #sequence: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sequence = clock.now();
  }

  /** The sequence of the last report. */
  get sequence(): number {
    return this.#sequence;
  }

  report(input: EventInput): Event {
    const subject = subjectKey(input.subject);
    const key = [
      subject,
      input.subject.uid ?? '',
      input.subject.fieldPath ?? '',
      input.type,
      input.reason,
      input.message,
    ].join('\n');
    const now = this.#clock.now();
    const before = this.#events.get(key);
    const event: Event = {
      ...input,
      sequence: ++this.#sequence,
      count: (before?.count ?? 0) + 1,
      first: before?.first ?? now,
      last: now,
    };
    this.#forget(key, subject);
    this.#events.set(key, event);
    this.#keysOf(subject).add(key);
    this.#trim(subject);
    for (const notify of [...this.#watchers]) notify(event);
    return event;
  }

  /** Oldest first. */
  list(): readonly Event[] {
    return [...this.#events.values()];
  }

  watch(notify: (event: Event) => void): () => void {
    this.#watchers.add(notify);
    return () => this.#watchers.delete(notify);
  }

  #keysOf(subject: string): Set<string> {
    const keys = this.#perSubject.get(subject) ?? new Set();
    this.#perSubject.set(subject, keys);
    return keys;
  }

  #forget(key: string, subject: string): void {
    this.#events.delete(key);
    const keys = this.#keysOf(subject);
    keys.delete(key);
    if (keys.size === 0) this.#perSubject.delete(subject);
  }

  #trim(subject: string): void {
    const keys = this.#keysOf(subject);
    for (const key of keys) {
      if (keys.size <= PER_SUBJECT) break;
      this.#forget(key, subject);
    }
    for (const [key, event] of this.#events) {
      if (this.#events.size <= IN_ALL) break;
      this.#forget(key, subjectKey(event.subject));
    }
  }
}
