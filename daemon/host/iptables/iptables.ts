import type { Family } from '../ip/cidr.ts';
import type { RunTool } from '../run-tool.ts';
import { type BackEnd, type BackEndInUse, detectBackEnd } from './back-end.ts';
import { PacketFilter } from './packet-filter.ts';

/** So many of our own processes are remembered; a change is told of within milliseconds. */
const REMEMBERED = 64;

/** The host's iptables. Which back end it uses is found out once. */
export class Iptables {
  readonly #run: RunTool;
  readonly #filters = new Map<string, PacketFilter>();
  /** Process ids of what wrote rules for us, the last one last. */
  #writers: readonly number[] = [];
  #detection: Promise<BackEndInUse> | undefined;
  #inUse: BackEndInUse | undefined;

  constructor(run: RunTool) {
    this.#run = run;
  }

  /** @throws BootletError E_NETWORK_REFUSED where there is no iptables: the next call looks again */
  inUse(): Promise<BackEndInUse> {
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
