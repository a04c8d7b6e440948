import type { Container, LifecycleHandler } from '../v1.ts';

/** What running a hook needs of its container's manifest. */
export interface Hook {
  readonly handler: LifecycleHandler;
  readonly ports: NonNullable<Container['ports']>;
}

/**
 * A preStop hook as a container's label carries it, as the kubelet's do: it is run also when the manifest is gone and
 * the daemon was started anew in between.
 */
export const hookLabel = ({ ports = [], lifecycle }: Container): string | undefined =>
  lifecycle?.preStop === undefined ? undefined : JSON.stringify({ handler: lifecycle.preStop, ports } satisfies Hook);

/** Undefined for a label that is missing. It is of bootlet's own making, so what parses is a hook. */
export const hookInLabel = (text: string | undefined): Hook | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as Hook);
