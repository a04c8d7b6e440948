import type { ObjectReference, Event as V1Event } from 'kubernetes-types/core/v1.d.ts';
import { rfc3339 } from '../../kubernetes/time.ts';
import type { Event, Subject } from '../../reconcile/events.ts';

const COMPONENT = 'bootlet';
/** Of a message in the cluster (pkg/apis/core/validation ValidateEventCreate), in bytes; a character has up to four. */
const LONGEST_MESSAGE = 1024;

export interface EventNode {
  readonly nodeName: string;
  /** Of the Node. */
  readonly uid: string;
}

/**
 * One report as the cluster has it (client-go tools/record makeEvent). A static pod is referred to by its own uid, by which
 * kubectl finds the events of its mirror; what is neither of a pod nor of the Node, a file for one, is of the Node.
 */
export const v1Event = ({ subject, type, reason, message, last, sequence }: Event, node: EventNode): V1Event => {
  const involvedObject = referenceTo(subject, node);
  const namespace = involvedObject.namespace ?? 'default';
  const at = rfc3339(last);
  const isOwn = subject.kind === 'Pod' || subject.kind === 'Node';
  const text = isOwn || message.includes(subject.name) ? message : `${subject.name}: ${message}`;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${involvedObject.name}.${unique(last, sequence)}`, namespace },
    involvedObject,
    type,
    reason,
    message: text.slice(0, LONGEST_MESSAGE),
    source: { component: COMPONENT, host: node.nodeName },
    reportingComponent: COMPONENT,
    reportingInstance: node.nodeName,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
};

const referenceTo = ({ kind, namespace, name, uid, fieldPath }: Subject, node: EventNode): ObjectReference => {
  if (kind !== 'Pod') return { apiVersion: 'v1', kind: 'Node', name: node.nodeName, uid: node.uid };
  return {
    apiVersion: 'v1',
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
};

/** As the nanoseconds of client-go; two of one millisecond differ by what counts the reports. */
const unique = (ms: number, sequence: number): string =>
  (BigInt(Math.trunc(ms)) * 1_000_000n + BigInt(sequence % 1_000_000)).toString(16);
