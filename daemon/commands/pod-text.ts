import type { ServedEvent } from '../api/events.ts';
import type { ServedPod } from '../api/pods.ts';
import type { ContainerState, ContainerStatus } from '../pods/v1.ts';
import { columns, type Row } from './columns.ts';

const stateText = (state: ContainerState | undefined): string => {
  const { running, terminated, waiting } = state ?? {};
  if (running !== undefined) return `running since ${running.startedAt ?? '?'}`;
  if (terminated !== undefined) {
    const { reason = 'ended', exitCode, finishedAt = '?', message = '' } = terminated;
    return [`${reason}, exit code ${exitCode}, at ${finishedAt}`, message].filter((part) => part !== '').join(': ');
  }
  return ['waiting', waiting?.reason, waiting?.message].filter((part) => part !== undefined && part !== '').join(': ');
};

const containerRows =
  (kind: string) =>
  (container: ContainerStatus): readonly Row[] => [
    [`${kind}:`, container.name],
    ['  State:', stateText(container.state)],
    ...(container.lastState?.terminated === undefined ? [] : [['  Before:', stateText(container.lastState)]]),
    ['  Ready:', container.ready ? 'yes' : 'no'],
    ['  Restarts:', container.restartCount],
    ['  Image:', container.image],
  ];

const eventRow = ({ lastTimestamp, type, reason, count = 1, message }: ServedEvent): Row => [
  lastTimestamp ?? '',
  type ?? '',
  reason ?? '',
  `${message ?? ''}${count > 1 ? ` (${count} times)` : ''}`,
];

/** A pod for a person to read, with what happened to it. */
export const podText = ({ metadata, spec, status }: ServedPod, events: readonly ServedEvent[]): string => {
  const facts: Row[] = [
    ['Pod:', `${metadata.namespace}/${metadata.name}`],
    ['UID:', metadata.uid],
    ['Node:', spec.nodeName ?? ''],
    ['Phase:', [status?.phase, status?.reason, status?.message].filter((word) => word !== undefined).join(': ')],
    ['Address:', status?.podIPs?.map(({ ip }) => ip).join(', ') ?? 'none'],
    ...(status?.initContainerStatuses ?? []).flatMap(containerRows('Init container')),
    ...(status?.containerStatuses ?? []).flatMap(containerRows('Container')),
    ...(status?.conditions ?? []).map(
      (c): Row => [`${c.type}:`, [c.status, c.message].filter((w) => w !== undefined && w !== '').join(': ')],
    ),
  ];
  const history = events.length === 0 ? 'No events.\n' : `Events:\n${columns(events.map(eventRow))}`;
  return `${columns(facts)}\n${history}`;
};
