import { BootletError } from '../../errors.ts';
import { withDeadline } from '../../reconcile/deadline.ts';
import type { ClusterAccess } from './access.ts';
import type { ApiAnswer, ApiCall, WatchEvent } from './apiserver.ts';
import { type Fault, failureOf, faultOf, silence, wasSent, weightier } from './fault.ts';
import { type Place, type ServersView, turnOrder, viewOf } from './place.ts';
import { Server, type ServerOptions } from './server.ts';
import { watchEvents } from './watch-events.ts';

const ANSWER_MS = 10_000;
/** With one server there is nothing to hurry for. */
const ONLY_ONE = { connectMs: 8_000, probeMs: 5_000 };
/** A server that has not answered after `doubtMs` is asked whether it is there, so that another answers within 5 s. */
const ONE_OF_MANY = { connectMs: 2_500, probeMs: 1_500, doubtMs: 2_500 };
/** How often in a row a server before the present one has to be well before it is gone back to. */
const WELL_IN_A_ROW = 2;
/** How long nothing may come from a server that has watches before it is asked whether it is there: longer than between two renewals of a lease, which ask it anyway. */
const QUIET_MS = 15_000;

export interface ServersOptions extends Pick<ServerOptions, 'clock' | 'requests'> {
  readonly access: ClusterAccess;
  /** Told when `view` may have changed. */
  readonly onChange: () => void;
}

interface Request {
  /** Whether it does no harm to ask again what may have been carried out. */
  readonly isRepeatable: boolean;
  /** Aborts when the time is over, which `tooLong` tells of, or with `stop`. */
  readonly signal: AbortSignal;
  readonly tooLong: string;
  /** Aborts when the caller does not want it any more. */
  readonly stop?: AbortSignal;
}

/**
 * The servers of the cluster, by one identity. One of them is asked until it fails, then the next; those before it are
 * probed until one is well again.
 */
export class Servers {
  readonly #options: ServersOptions;
  readonly #places: readonly Place[];
  readonly #limits: { readonly connectMs: number; readonly probeMs: number; readonly doubtMs?: number };
  readonly #probes = new Map<Place, Promise<void>>();
  #current: Place;
  #hasAnswered = false;
  #isOver = false;

  /** @throws BootletError E_TLS_UNTRUSTED as connectOptions, E_APISERVER_UNAVAILABLE when there is no server */
  constructor(options: ServersOptions) {
    this.#options = options;
    const { access, clock, requests } = options;
    this.#limits = access.servers.length > 1 ? ONE_OF_MANY : ONLY_ONE;
    const { connectMs } = this.#limits;
    const places = access.servers.map((url) => {
      const server = new Server({ url, access, clock, requests, connectMs });
      return { server, fault: undefined, wellInARow: 0 };
    });
    const [first] = places;
    if (first === undefined) throw failureOf([]);
    this.#places = places;
    this.#current = first;
  }

  get view(): ServersView {
    return viewOf(this.#places, this.#current, this.#hasAnswered);
  }

  /** @throws as Apiserver.call */
  call(call: ApiCall): Promise<ApiAnswer> {
    const { method, path, timeoutMs = ANSWER_MS } = call;
    const tooLong = `${method} ${path} took longer than ${timeoutMs / 1000} s`;
    return withDeadline(timeoutMs, undefined, (signal) =>
      this.#inTurn({ isRepeatable: method !== 'POST', tooLong, signal }, ({ server }) => server.call(call, signal)),
    );
  }

  /** To be stopped is no failure of it. @throws as Apiserver.watch */
  async *watch(path: string, query: Readonly<Record<string, string>>, stop: AbortSignal): AsyncGenerator<WatchEvent> {
    if (stop.aborted) return;
    try {
      yield* this.#events(path, query, stop);
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }

  async *#events(path: string, query: Readonly<Record<string, string>>, stop: AbortSignal): AsyncGenerator<WatchEvent> {
    const call: ApiCall = { method: 'GET', path, query: { ...query, watch: 'true' } };
    const tooLong = `the watch of ${path} did not begin within ${ANSWER_MS / 1000} s`;
    const { place, stream } = await withDeadline(ANSWER_MS, stop, (signal) =>
      this.#inTurn({ isRepeatable: true, tooLong, signal, stop }, async (place) => ({
        place,
        stream: await place.server.open(call, signal),
      })),
    );
    const end = (): void => stream.end(stop.reason);
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
    try {
      yield* watchEvents(stream.bytes, `${place.server.url}${path}`);
    } catch (error) {
      const fault = faultOf(place.server.url, error);
      // This one connection may be all that broke.
      if (fault !== undefined && !stop.aborted) void this.#probe(place);
      throw fault?.error ?? error;
    } finally {
      stop.removeEventListener('abort', end);
      stream.end();
    }
  }

  /** Probes the servers of which something has to be known; to be called every few seconds. */
  async look(): Promise<void> {
    const isAway = this.view.state === 'away';
    const current = this.#places.indexOf(this.#current);
    const isQuiet = ({ server }: Place): boolean => server.watches > 0 && server.isSilentFor(QUIET_MS);
    const due = this.#places.filter((p, index) => isAway || index < current || (index === current && isQuiet(p)));
    await Promise.all(due.map((place) => this.#probe(place)));
  }

  /** Lets the calls under way end; watches and what is idle end now. */
  async retire(): Promise<void> {
    this.#isOver = true;
    const reason = new Error('the connection to the cluster is made anew');
    await Promise.all(this.#places.map(({ server }) => server.retire(reason)));
  }

  /** Breaks off everything. */
  async destroy(): Promise<void> {
    this.#isOver = true;
    const reason = new Error('the connection to the cluster is closed');
    await Promise.all(this.#places.map(({ server }) => server.destroy(reason)));
  }

  /** Does it at the first server that can. @throws what the apiserver refused it with, or the faults of all servers */
  async #inTurn<T>(request: Request, work: (place: Place) => Promise<T>): Promise<T> {
    const now = this.#options.clock.now();
    const places = turnOrder(this.#places, this.#current, now);
    if (places.length === 0) throw notYet(this.#places);
    const faults: Fault[] = [];
    for (const place of places) {
      const tried = await this.#attempt(place, request, work);
      if ('value' in tried) return tried.value;
      faults.push(tried.fault);
      if (this.#isOver || request.signal.aborted || (wasSent(tried.fault) && !request.isRepeatable)) break;
    }
    throw failureOf(faults);
  }

  async #attempt<T>(
    place: Place,
    { isRepeatable, signal, tooLong, stop }: Request,
    work: (place: Place) => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly fault: Fault }> {
    const { doubtMs } = this.#limits;
    const doubt = doubtMs === undefined ? undefined : setTimeout(() => void this.#probe(place), doubtMs);
    const { url } = place.server;
    try {
      // A connection that was idle may have been closed by the server at this very moment: that alone is no fault.
      const again = (error: unknown): Promise<T> => {
        const isStale = faultOf(url, error)?.kind === 'broken' && place.fault === undefined;
        if (!isStale || !isRepeatable || this.#isOver || signal.aborted) throw error;
        return work(place);
      };
      const value = await work(place).catch(again);
      this.#answered(place);
      return { value };
    } catch (error) {
      if (stop?.aborted) throw error;
      const fault = signal.aborted ? silence(url, tooLong) : faultOf(url, error);
      if (fault === undefined) {
        this.#answered(place);
        throw error;
      }
      this.#failed(place, fault);
      return { fault };
    } finally {
      clearTimeout(doubt);
    }
  }

  #answered(place: Place): void {
    place.fault = undefined;
    this.#hasAnswered = true;
    this.#options.onChange();
  }

  #failed(place: Place, fault: Fault): void {
    place.fault = weightier(place.fault, fault);
    place.wellInARow = 0;
    if (place === this.#current) this.#current = this.#places.find((p) => p.fault === undefined) ?? place;
    // Its watches may hang at dead connections.
    if (fault.kind !== 'unwell' && place.server.watches > 0) void this.#probe(place);
    this.#options.onChange();
  }

  /** Asks a server whether it is ready. Of one that does not answer every connection is given up. */
  #probe(place: Place): Promise<void> {
    const { server } = place;
    if (this.#isOver || server.askAt > this.#options.clock.now()) return Promise.resolve();
    const under = this.#probes.get(place);
    if (under !== undefined) return under;
    const { probeMs } = this.#limits;
    const tooLong = `nothing came from it for ${probeMs / 1000} s`;
    const probe = withDeadline(probeMs, undefined, async (signal) => {
      try {
        if (await server.isReady(signal)) this.#isWell(place);
        else place.wellInARow = 0;
      } catch (error) {
        if (this.#isOver) return;
        const fault = signal.aborted ? silence(server.url, tooLong) : faultOf(server.url, error);
        if (fault === undefined) throw error;
        this.#failed(place, fault);
        await server.renew(new Error('it did not answer a probe'));
      }
    }).finally(() => this.#probes.delete(place));
    this.#probes.set(place, probe);
    return probe;
  }

  #isWell(place: Place): void {
    place.wellInARow++;
    const isBetter = this.#places.indexOf(place) < this.#places.indexOf(this.#current);
    if (this.#current.fault !== undefined || (isBetter && place.wellInARow >= WELL_IN_A_ROW)) this.#current = place;
    this.#answered(place);
  }
}

/** All of them asked not to be asked yet. */
const notYet = (places: readonly Place[]): BootletError => {
  const retryAt = Math.min(...places.map(({ server }) => server.askAt));
  const until = new Date(retryAt).toISOString();
  const names = places.map(({ server }) => server.url).join(', ');
  return new BootletError('E_APISERVER_UNAVAILABLE', `${names}: not to be asked before ${until} (Retry-After)`, {
    retryAt,
  });
};
