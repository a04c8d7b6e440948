import type { podTypes } from './pod-types.ts';

type Types = typeof podTypes;
export type TypeName = keyof Types;

type Scalar<N extends string> = N extends 'string' | 'Quantity' | 'Time'
  ? string
  : N extends 'int32' | 'int64'
    ? number
    : N extends 'boolean'
      ? boolean
      : N extends 'IntOrString'
        ? number | string
        : unknown;

type Decoded<N extends string> = N extends `[]${infer Item}`
  ? Decoded<Item>[]
  : N extends `{}${infer Item}`
    ? Record<string, Decoded<Item>>
    : N extends TypeName
      ? Api<N>
      : Scalar<N>;

type Bare<N> = N extends `!${infer Type}` ? Type : N extends string ? N : never;
type RequiredFields<N extends TypeName> = {
  [F in keyof Types[N]]: Types[N][F] extends `!${string}` ? F : never;
}[keyof Types[N]];
type Merge<T> = { [K in keyof T]: T[K] };

/** A Kubernetes v1 object that has passed validation: `Api<'Container'>`. Quantities and times keep their text. */
export type Api<N extends TypeName> = Merge<
  { [F in RequiredFields<N>]: Decoded<Bare<Types[N][F]>> } & {
    [F in Exclude<keyof Types[N], RequiredFields<N>>]?: Decoded<Bare<Types[N][F]>>;
  }
>;

type DraftOf<N extends string> = N extends `[]${infer Item}`
  ? DraftOf<Item>[]
  : N extends `{}${infer Item}`
    ? Record<string, DraftOf<Item>>
    : N extends TypeName
      ? Draft<N>
      : Scalar<N>;

/** The same before validation: of the right types, but nothing has to be there. */
export type Draft<N extends TypeName> = { -readonly [F in keyof Types[N]]?: DraftOf<Bare<Types[N][F]>> };

export type Pod = Merge<
  Api<'Pod'> & { metadata: Api<'ObjectMeta'> & { name: string; namespace: string; uid: string }; spec: Api<'PodSpec'> }
>;
export type PodSpec = Api<'PodSpec'>;
export type Container = Api<'Container'>;
export type Probe = Api<'Probe'>;
export type Volume = Api<'Volume'>;
export type VolumeMount = Api<'VolumeMount'>;
export type EnvVar = Api<'EnvVar'>;
export type ResourceRequirements = Api<'ResourceRequirements'>;
export type ResourceFieldSelector = Api<'ResourceFieldSelector'>;
