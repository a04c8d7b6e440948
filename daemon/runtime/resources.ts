import { resourceType } from '../reconcile/resource.ts';
import type { ObservedContainer } from './runtime.ts';

/** A sandbox or container. Id: the container's id. Writer: the runtime observer. */
export const containerType = resourceType<ObservedContainer>('Container');

/** Whether the runtime answers. Id: `docker`. Writer: the runtime observer. */
export interface RuntimeState {
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly ready: boolean;
  readonly message: string;
  /** False until the first full list: before it, nothing is known to be missing. */
  readonly listed: boolean;
}
export const runtimeStateType = resourceType<RuntimeState>('RuntimeState');
