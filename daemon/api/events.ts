import { createHash } from 'node:crypto';
import type { Event as V1Event } from 'kubernetes-types/core/v1.d.ts';
import type { Event, EventRing } from '../reconcile/events.ts';
import { ageOf } from './age.ts';
import { Changes } from './changes.ts';
import type { Collection } from './collection.ts';
import { column } from './column.ts';
import type { ObjectMeta } from './object.ts';

export type ServedEvent = Omit<V1Event, 'metadata'> & {
  readonly apiVersion: 'v1';
  readonly kind: 'Event';
  readonly metadata: ObjectMeta & { readonly namespace: string };
};

/** The same for every repeat of an event, so that a repeat is a change of one object. Of a path only the end: names hold no slashes. */
const nameOf = ({ subject, type, reason, message }: Event): string => {
  const identity = [subject.kind, subject.namespace, subject.uid, subject.fieldPath, type, reason, message].join('\n');
  return `${subject.name.split('/').at(-1)}.${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
};

/** Kubernetes has no events without a namespace: what concerns the host is in `default`. */
const served = (event: Event, node: string): ServedEvent => {
  const { subject, type, reason, message, count, sequence } = event;
  const namespace = subject.namespace ?? 'default';
  const first = new Date(event.first).toISOString();
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: nameOf(event), namespace, creationTimestamp: first, resourceVersion: String(sequence) },
    involvedObject: { ...subject, apiVersion: subject.kind === 'Pod' ? 'v1' : 'bootlet.io/v1alpha1' },
    type,
    reason,
    message,
    count,
    firstTimestamp: first,
    lastTimestamp: new Date(event.last).toISOString(),
    source: { component: 'bootlet', host: node },
    reportingComponent: 'bootlet',
    reportingInstance: node,
  };
};

const lastSeen = ({ count = 1, firstTimestamp, lastTimestamp }: ServedEvent, now: number): string => {
  const last = ageOf(lastTimestamp, now);
  return count > 1 ? `${last} (x${count} over ${ageOf(firstTimestamp, now)})` : last;
};

const columns = [
  column<ServedEvent>('Last Seen', 'When it last happened', lastSeen),
  column<ServedEvent>('Type', 'Normal or Warning', ({ type }) => type ?? ''),
  column<ServedEvent>('Reason', 'One word for programs', ({ reason }) => reason ?? ''),
  column<ServedEvent>(
    'Object',
    'What it is about',
    ({ involvedObject: { kind = '', name = '' } }) => `${kind.toLowerCase()}/${name}`,
  ),
  column<ServedEvent>('Subobject', 'Which part of it', ({ involvedObject }) => involvedObject.fieldPath ?? '', 1),
  column<ServedEvent>(
    'Source',
    'Who reports it',
    ({ source }) => `${source?.component ?? ''}, ${source?.host ?? ''}`,
    1,
  ),
  column<ServedEvent>('Message', 'What happened', ({ message }) => (message ?? '').trim()),
  column<ServedEvent>(
    'First Seen',
    'When it first happened',
    ({ firstTimestamp }, now) => ageOf(firstTimestamp, now),
    1,
  ),
  column<ServedEvent>('Count', 'How often it happened', ({ count }) => String(count ?? 1), 1),
  column<ServedEvent>('Name', 'Name of the event', ({ metadata }) => metadata.name, 1),
];

export const eventCollection = (ring: EventRing, node: string): Collection<ServedEvent> => {
  const changes = new Changes<ServedEvent>(ring.sequence);
  const list = (): readonly ServedEvent[] => ring.list().map((event) => served(event, node));
  ring.watch((event) =>
    changes.publish({ kind: 'put', object: served(event, node), before: undefined, version: event.sequence }),
  );
  return {
    apiVersion: 'v1',
    kind: 'Event',
    resource: 'events',
    fields: {
      'metadata.name': ({ metadata }) => metadata.name,
      'metadata.namespace': ({ metadata }) => metadata.namespace,
      'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
      'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
      'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
      'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
      'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
      'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
      reason: ({ reason }) => reason ?? '',
      type: ({ type }) => type ?? '',
      source: ({ source }) => source?.component ?? '',
    },
    columns,
    version: () => ring.sequence,
    list,
    changes,
  };
};
