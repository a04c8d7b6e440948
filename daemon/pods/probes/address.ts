import type { Reader } from '../../reconcile/store.ts';
import { containerType } from '../resources.ts';

/** The address of a pod's running sandbox; undefined while there is none, and for a pod of the host's network. */
export const sandboxAddress = (store: Reader, uid: string): string | undefined =>
  store
    .list(containerType)
    .find((c) => c.value.kind === 'sandbox' && c.value.pod.uid === uid && c.value.state === 'running')?.value.ips[0];
