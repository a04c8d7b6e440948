import type { Field } from '../field.ts';
import type { Draft } from '../schema/types.ts';

/** A container of any kind and its place in the pod. */
export interface PlacedContainer {
  readonly container: Draft<'Container'>;
  readonly at: Field;
}

/** All containers: init, main, ephemeral. */
export const containersOf = (spec: Draft<'PodSpec'>, at: Field): PlacedContainer[] =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((kind) =>
    (spec[kind] ?? []).map((container, i) => ({ container, at: at.child(kind).index(i) })),
  );
