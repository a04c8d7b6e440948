import { hasPreStop, label } from '../plan/labels.ts';
import type { Container, LifecycleHandler } from '../v1.ts';

/** What running a hook needs of its container's manifest. */
export interface Hook {
  readonly handler: LifecycleHandler;
  readonly ports: NonNullable<Container['ports']>;
}

/**
 * The labels by which a container carries its preStop hook, as the kubelet's do: it is run also when the manifest is
 * gone and the daemon was started anew in between.
 */
export const preStopLabels = ({ ports = [], lifecycle }: Container): Readonly<Record<string, string>> =>
  lifecycle?.preStop === undefined
    ? {}
    : { [label.preStop]: JSON.stringify(lifecycle.preStop), [label.ports]: JSON.stringify(ports) };

/** They are of bootlet's own making, so what they hold is a hook. */
export const preStopOf = (labels: Readonly<Record<string, string>>): Hook | undefined =>
  hasPreStop(labels)
    ? {
        handler: JSON.parse(labels[label.preStop] ?? '') as LifecycleHandler,
        ports: JSON.parse(labels[label.ports] ?? '[]') as Hook['ports'],
      }
    : undefined;
