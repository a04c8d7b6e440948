declare const value: unique symbol;

/** Names a type of resource; the TypeScript type of its values travels with the name. */
export interface ResourceType<T> {
  readonly name: string;
  readonly [value]?: T;
}

export const resourceType = <T>(name: string): ResourceType<T> => ({ name });

/** A plain typed value in the store. Values are never mutated: a change is a new value and a higher version. */
export interface Resource<T> {
  readonly id: string;
  /** Grows with every change in the store, over all types: it serves as Kubernetes' resourceVersion. */
  readonly version: number;
  readonly value: T;
}

export type Change<T> =
  | { readonly kind: 'added' | 'modified'; readonly resource: Resource<T> }
  | { readonly kind: 'removed'; readonly resource: Resource<T> };
