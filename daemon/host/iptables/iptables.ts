import type { RunTool } from '../run-tool.ts';
import { type BackEnd, type BackEndInUse, detectBackEnd } from './back-end.ts';
import { PacketFilter } from './packet-filter.ts';

/** The host's iptables. Which back end it uses is found out once. */
export class Iptables {
  readonly #run: RunTool;
  readonly #filters = new Map<string, PacketFilter>();
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
  async of(family: 'ipv4' | 'ipv6', backEnd?: BackEnd): Promise<PacketFilter> {
    const inUse = await this.inUse();
    const wanted =
      backEnd === undefined || backEnd === inUse.backEnd ? inUse : { ...inUse, backEnd, suffix: `-${backEnd}` };
    const key = `${family} ${wanted.backEnd}`;
    const filter = this.#filters.get(key) ?? new PacketFilter(this.#run, family, wanted);
    this.#filters.set(key, filter);
    return filter;
  }
}
