import type { Original } from '../../host/ledger.ts';
import type { Change } from '../host-setting.ts';

export interface KernelChange extends Change {
  readonly step:
    | { readonly do: 'set'; readonly values: readonly (readonly [path: string, value: string])[] }
    | { readonly do: 'write'; readonly path: string; readonly content: string }
    | { readonly do: 'give back'; readonly path: string; readonly original: Original }
    | { readonly do: 'load' | 'unload' | 'nothing' };
}
