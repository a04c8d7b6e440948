import type { Node } from 'kubernetes-types/core/v1.d.ts';

/** This host's Node as it is known best: the answer to the last write, until the watch has come as far as that. */
export class LatestNode {
  #seen: Node | undefined;
  #answered: Node | undefined;

  /** @param seen by the watch */
  of(seen: Node): Node {
    // A watch goes back only where the cluster did: its etcd was restored.
    const wentBack = this.#seen !== undefined && isOlder(seen, this.#seen);
    this.#seen = seen;
    const isBehind =
      this.#answered !== undefined &&
      seen.metadata?.uid === this.#answered.metadata?.uid &&
      isOlder(seen, this.#answered);
    if (wentBack || !isBehind) this.#answered = undefined;
    return this.#answered ?? seen;
  }

  /** @param answered to a write */
  wrote(answered: Node): void {
    this.#answered = answered;
  }
}

const versionOf = ({ metadata }: Node): string => metadata?.resourceVersion ?? '';

/** Resource versions are numbers without leading zeros (apimachinery util/resourceversion). */
const isOlder = (a: Node, b: Node): boolean => {
  const [one, other] = [versionOf(a), versionOf(b)];
  return one.length === other.length ? one < other : one.length < other.length;
};
