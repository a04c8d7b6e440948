import { type Link, readLinks } from '../../host/ip/links.ts';
import { unless } from '../../host/missing.ts';
import type { RunTool } from '../../host/run-tool.ts';
import { Semaphore } from '../../reconcile/semaphore.ts';

/**
 * Paths of the network namespaces of the containers that the runtime has on this bridge; none where it has another.
 * Undefined while the runtime does not answer.
 */
export type SandboxesOn = (bridge: string) => Promise<readonly string[] | undefined>;

export interface OrphanFinderOptions {
  readonly run: RunTool;
  readonly sandboxesOn: SandboxesOn;
}

/** Looks into namespaces at once. */
const LOOKS = 8;

/**
 * Finds the host's ends of containers' interfaces that are ports of no bridge any more, since theirs was deleted and made
 * again. Exactly: both ends must name each other, and the runtime must have the container on the bridge.
 */
export class OrphanFinder {
  readonly #options: OrphanFinderOptions;
  /**
   * The last answer, where every namespace was looked into, and what it was for: other programs' interfaces without a
   * bridge are not looked into each time. It ends where the bridge does: what is loose then may be what was starting before.
   */
  #last: { readonly of: string; readonly orphans: ReadonlySet<number> } | undefined;

  constructor(options: OrphanFinderOptions) {
    this.#options = options;
  }

  /** @throws BootletError as the runtime and `ip` do */
  async find(bridge: string, links: readonly Link[]): Promise<readonly Link[]> {
    const loose = links.filter(({ kind, master, peerIndex }) => kind === 'veth' && !master && peerIndex !== undefined);
    const isThere = links.some(({ name }) => name === bridge);
    if (loose.length === 0 || !isThere) this.#last = undefined;
    if (loose.length === 0) return [];
    const of = [bridge, ...loose.map(({ index, peerIndex }) => `${index}-${peerIndex}`)].join(' ');
    if (this.#last?.of === of) {
      const { orphans } = this.#last;
      return loose.filter(({ index }) => orphans.has(index));
    }
    const sandboxes = await this.#options.sandboxesOn(bridge);
    if (sandboxes === undefined) return [];
    const semaphore = new Semaphore(LOOKS);
    const inside = await Promise.all(sandboxes.map((path) => semaphore.run(() => this.#linksIn(path))));
    const peers = new Set(inside.flatMap((ends) => ends ?? []).map(({ index, peerIndex }) => `${peerIndex}-${index}`));
    const orphans = loose.filter(({ index, peerIndex }) => peers.has(`${index}-${peerIndex}`));
    const isComplete = isThere && !inside.includes(undefined);
    this.#last = isComplete ? { of, orphans: new Set(orphans.map(({ index }) => index)) } : undefined;
    return orphans;
  }

  async #linksIn(namespace: string): Promise<readonly Link[] | undefined> {
    const { run } = this.#options;
    const inside: RunTool = (program, args, options) =>
      run('nsenter', [`--net=${namespace}`, program, ...args], options);
    // A container that has ended meanwhile has none.
    return unless(['E_HOST_COMMAND'], readLinks(inside));
  }
}
