import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import { ListWatch, type ListWatchOptions } from '../apiserver/list-watch.ts';

export type PodWatchOptions = Omit<ListWatchOptions<Pod>, 'path' | 'query' | 'decode'>;

const isPod = (value: unknown): value is Pod =>
  isMap(value) && isMap(value['metadata']) && typeof value['metadata']['uid'] === 'string';

/** Without what nobody here reads. @throws BootletError E_APISERVER_ANSWER */
export const decodePod = (object: unknown): Pod => {
  if (!isPod(object)) throw new BootletError('E_APISERVER_ANSWER', 'the apiserver sends a Pod that is none');
  const { managedFields, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
};

/** The one watch of all pods of this Node, as the kubelet has it: nodes may see no others. */
export const podWatch = (options: PodWatchOptions): ListWatch<Pod> =>
  new ListWatch<Pod>({
    ...options,
    path: '/api/v1/pods',
    query: { fieldSelector: `spec.nodeName=${options.nodeName}` },
    decode: decodePod,
  });
