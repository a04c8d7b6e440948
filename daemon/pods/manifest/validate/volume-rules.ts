import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

export type VolumeKind = Exclude<keyof Draft<'Volume'>, 'name'>;
export type VolumeSource<K extends VolumeKind> = NonNullable<Draft<'Volume'>[K]>;
/** The rules of one kind of volume; `at` is the field of the source. */
export type SourceRules = { readonly [K in VolumeKind]?: (source: VolumeSource<K>, at: Field, issues: Issues) => void };
