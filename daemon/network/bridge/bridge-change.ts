import type { Change } from '../host-setting.ts';
import type { Command } from './attributes.ts';

/** A change of a bridge, with what makes it. Without any command only the ledger changes. */
export interface BridgeChange extends Change {
  readonly commands: readonly Command[];
}
