import { BootletError } from '../errors.ts';
import { containerType } from '../pods/resources.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ObservedContainer } from '../runtime/runtime.ts';
import type { ServedPod } from './pods.ts';

/** A request that asks for what cannot be. */
export const refused = (message: string, hint?: string): BootletError =>
  new BootletError('E_USAGE', message, { retryable: false, ...(hint === undefined ? {} : { hint }) });

/** The container that is meant: the named one, or the only one, or the one that kubectl's annotation names. */
export const chooseContainer = ({ metadata, spec }: ServedPod, asked: string | null): string => {
  const main = spec.containers.map(({ name }) => name);
  const all = [...(spec.initContainers ?? []).map(({ name }) => name), ...main];
  const marked = metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  const chosen = asked ?? marked ?? (main.length === 1 ? main[0] : undefined);
  if (chosen === undefined) throw refused(`a container must be named: ${metadata.name} has ${all.join(', ')}`);
  if (all.includes(chosen)) return chosen;
  throw refused(`container ${chosen} is not valid for pod ${metadata.name}`, `it has ${all.join(', ')}`);
};

/** All there is of one container of a pod, the newest first. */
export const attemptsOf = (store: Reader, pod: ServedPod, name: string): readonly ObservedContainer[] =>
  store
    .list(containerType)
    .map(({ value }) => value)
    .filter(
      ({ kind, pod: { uid }, container }) => kind === 'container' && uid === pod.metadata.uid && container === name,
    )
    .sort((a, b) => b.attempt - a.attempt);
