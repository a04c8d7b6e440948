import { ownAnnotation, podNamesIn } from '../manifest/own-annotations.ts';
import type { PodSpec } from '../resources.ts';

/**
 * The pods that an annotation names, as keys: `NAME[,NAME]`, each as its manifest has it or with the node's name at its
 * end, in the pod's own namespace unless `NAMESPACE/` stands before it. One name may mean two keys.
 */
export interface NamedPod {
  readonly text: string;
  readonly keys: readonly string[];
}

export const podsNamedBy = ({ pod, namespace: own }: PodSpec, annotation: string): readonly NamedPod[] =>
  podNamesIn(pod.metadata.annotations?.[annotation]).map((text) => {
    const [name = '', namespace = own] = text.split('/').reverse();
    const node = (pod.spec.nodeName ?? '').toLowerCase();
    return { text, keys: [`${namespace}/${name}`, `${namespace}/${name}-${node}`] };
  });

/**
 * The way from a pod along `bootlet.io/after` back to itself, as it was named; undefined where there is none.
 * @param find the wanted pod of one of these keys
 */
export const cycleFrom = (
  start: PodSpec,
  find: (keys: readonly string[]) => PodSpec | undefined,
): readonly string[] | undefined => {
  const visited = new Set<PodSpec>();
  const walk = (spec: PodSpec): readonly string[] | undefined => {
    for (const { text, keys } of podsNamedBy(spec, ownAnnotation.after)) {
      const next = find(keys);
      if (next === start) return [text];
      if (next === undefined || visited.has(next)) continue;
      visited.add(next);
      const rest = walk(next);
      if (rest !== undefined) return [text, ...rest];
    }
    return undefined;
  };
  return walk(start);
};
