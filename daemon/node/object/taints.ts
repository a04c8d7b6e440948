import type { Node, Taint } from 'kubernetes-types/core/v1.d.ts';
import type { Config } from '../../config/schema.ts';

const STATIC_PODS_ONLY = 'bootlet.io/static-pods-only';
const EFFECTS = ['NoSchedule', 'NoExecute'] as const;

/**
 * The taints that a Node is made with; later ones are the cluster's matter, NodeRestriction allows none. In standalone
 * mode nothing that the scheduler places would ever start here. node.kubernetes.io/not-ready is not among them: the
 * apiserver adds it itself (admission plugin TaintNodesByCondition), and the node lifecycle controller takes it away.
 */
export const initialTaints = ({ mode, node }: Pick<Config, 'mode' | 'node'>): Taint[] => {
  const own = mode === 'standalone' ? EFFECTS.map((effect) => ({ key: STATIC_PODS_ONLY, value: '', effect })) : [];
  const others = own.filter((a) => !node.taints.some((b) => b.key === a.key && b.effect === a.effect));
  return [...node.taints, ...others].map(({ key, value, effect }) => ({ key, effect, ...(value && { value }) }));
};

/**
 * What is told of a Node that was there before bootlet, and lets the scheduler place pods that never start in standalone
 * mode, the only one as yet; and what an administrator types then, since NodeRestriction lets no node add taints later.
 * Undefined: it does not.
 */
export const lackOfTaints = (node: Node): { readonly message: string; readonly command: string } | undefined => {
  const missing = missingTaints(node);
  if (missing.length === 0) return undefined;
  const name = node.metadata?.name ?? '';
  return {
    message: `Node ${name} was there already, without ${missing.join(' and ')}: pods that the scheduler places here never start`,
    command: `kubectl taint node ${name} ${missing.join(' ')}`,
  };
};

/** Those that keep the scheduler away, as `kubectl taint` wants them, as far as a Node that somebody else made lacks them. */
const missingTaints = ({ spec }: Node): readonly string[] =>
  EFFECTS.filter(
    (effect) => !spec?.taints?.some((taint) => taint.key === STATIC_PODS_ONLY && taint.effect === effect),
  ).map((effect) => `${STATIC_PODS_ONLY}:${effect}`);
