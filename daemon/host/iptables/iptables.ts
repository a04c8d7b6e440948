import type { Family } from '../ip/cidr.ts';
import type { RunTool } from '../run-tool.ts';
import { type BackEnd, type BackEndInUse, detectBackEnd } from './back-end.ts';
import { PacketFilter } from './packet-filter.ts';

/** So many of our own processes are remembered; a change is told of within milliseconds. */
const REMEMBERED = 64;

/** For so long it is taken to be the same back end, ms: a kubelet that comes later may choose another. */
const KNOWN_MS = 5 * 60_000;

/** The host's iptables. Which back end it uses is found out now and then. */
export class Iptables {
  readonly #run: RunTool;
  readonly #now: () => number;
  readonly #filters = new Map<string, PacketFilter>();
  /** Process ids of what wrote rules for us, the last one last. */
  #writers: readonly number[] = [];
  #detection: Promise<BackEndInUse> | undefined;
  #detectedAt = 0;
  #inUse: BackEndInUse | undefined;

  /** @param now ms since the epoch */
  constructor(run: RunTool, now: () => number = Date.now) {
    this.#run = run;
    this.#now = now;
  }

  /** @throws BootletError E_NETWORK_REFUSED where there is no iptables: the next call looks again */
  inUse(): Promise<BackEndInUse> {
    if (this.#now() - this.#detectedAt >= KNOWN_MS) {
      this.#detectedAt = this.#now();
      this.#detection = undefined;
    }
    this.#detection ??= detectBackEnd(this.#run).then(
      (found) => {
        this.#inUse = found;
        return found;
      },
      (error: unknown) => {
        this.#detection = undefined;
        throw error;
      },
    );
    return this.#detection;
  }

  /** Nothing tells of a change of legacy rules. Until the back end is known they are taken to be of those. */
  get tellsOfChanges(): boolean {
    return this.#inUse?.backEnd === 'nft';
  }

  /** @param backEnd of rules that bootlet made in another than that in use @throws as `inUse` */
  async of(family: Family, backEnd?: BackEnd): Promise<PacketFilter> {
    const inUse = await this.inUse();
    const wanted =
      backEnd === undefined || backEnd === inUse.backEnd ? inUse : { ...inUse, backEnd, suffix: `-${backEnd}` };
    const key = `${family} ${wanted.backEnd}`;
    const filter = this.#filters.get(key) ?? new PacketFilter(this.#run, family, wanted, (pid) => this.#remember(pid));
    this.#filters.set(key, filter);
    return filter;
  }

  /** Whether a process that changed rules was ours. */
  wrote(pid: number): boolean {
    return this.#writers.includes(pid);
  }

  #remember(pid: number): void {
    this.#writers = [...this.#writers, pid].slice(-REMEMBERED);
  }
}
