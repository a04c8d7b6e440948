import type { Event, ObjectReference } from 'kubernetes-types/core/v1.d.ts';
import { rfc3339 } from '../../kubernetes/time.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { TokenBucket } from '../../reconcile/token-bucket.ts';
import { Recent } from './recent.ts';

/** client-go's (tools/record/events_cache.go). */
const REMEMBERED = 4096;
/** Of one object and type. */
const SPAM = { burst: 25, refillMs: 300_000 };
const SIMILAR = { most: 10, withinMs: 600_000 };

/** What is to be written. The name is that of an object in the cluster from then on. */
export type Written =
  | { readonly do: 'create'; readonly event: Event }
  /** One that is there has happened again; `event` is what it becomes, for when it is there no longer. */
  | { readonly do: 'repeat'; readonly event: Event };

interface Group {
  readonly messages: Set<string>;
  lastAt: number;
}

interface Observed {
  readonly name: string;
  readonly count: number;
  readonly firstTimestamp: string | undefined;
}

/**
 * Keeps events from flooding the cluster as client-go does: at most 25 at once of one object and type, and then one in five
 * minutes; what happens again is counted; and more than ten messages of one reason within ten minutes become one.
 */
export class Correlator {
  readonly #clock: Clock;
  readonly #buckets = new Recent<TokenBucket>(REMEMBERED);
  readonly #groups = new Recent<Group>(REMEMBERED);
  readonly #observed = new Recent<Observed>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns undefined for one too many */
  correlate(given: Event): Written | undefined {
    const { event, key } = this.#aggregate(given);
    const written = this.#count(event, key);
    return this.#bucketOf(event).take() ? written : undefined;
  }

  #aggregate(given: Event): { readonly event: Event; readonly key: string } {
    const now = this.#clock.now();
    const group = groupKey(given);
    const known = this.#groups.get(group);
    const isFresh = known !== undefined && Math.abs(now - known.lastAt) <= SIMILAR.withinMs;
    const similar = isFresh ? known : { messages: new Set<string>(), lastAt: now };
    this.#groups.set(group, similar);
    similar.lastAt = now;
    similar.messages.add(given.message ?? '');
    if (similar.messages.size < SIMILAR.most) return { event: given, key: eventKey(given) };
    const [one] = similar.messages;
    if (one !== undefined) similar.messages.delete(one);
    const at = rfc3339(now);
    const event = {
      ...given,
      ...{ message: `(combined from similar events): ${given.message}`, firstTimestamp: at, lastTimestamp: at },
    };
    return { event, key: group };
  }

  #count(event: Event, key: string): Written {
    const before = this.#observed.get(key);
    const { name = event.metadata.name ?? '', firstTimestamp = event.firstTimestamp } = before ?? {};
    const count = (before?.count ?? 0) + 1;
    this.#observed.set(key, { name, count, firstTimestamp });
    const counted = { ...event, metadata: { ...event.metadata, name }, count };
    return {
      do: before === undefined ? 'create' : 'repeat',
      event: firstTimestamp === undefined ? counted : { ...counted, firstTimestamp },
    };
  }

  #bucketOf(event: Event): TokenBucket {
    const key = [referenceKey(event.involvedObject), event.type].join('\n');
    const bucket = this.#buckets.get(key) ?? new TokenBucket(SPAM, this.#clock);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

const referenceKey = ({ kind, namespace, name, uid }: ObjectReference): string =>
  [kind, namespace, name, uid].join('\n');

const groupKey = ({ involvedObject, type, reason }: Event): string =>
  [referenceKey(involvedObject), type, reason].join('\n');

const eventKey = (event: Event): string => [groupKey(event), event.involvedObject.fieldPath, event.message].join('\n');
