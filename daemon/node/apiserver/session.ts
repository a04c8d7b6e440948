import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Writer } from '../../reconcile/store.ts';
import type { CounterTally } from '../../reconcile/tally.ts';
import type { Session } from '../resources.ts';
import type { ClusterAccess } from './access.ts';
import type { ApiAnswer, ApiCall, Apiserver, WatchEvent } from './apiserver.ts';
import { refusalOf } from './refusal.ts';
import { Servers } from './servers.ts';

/** At most so long between two looks at servers that are away or quiet. Half of it is drawn at random: many nodes lose a server at once. */
const LOOK_MS = 8_000;

export interface SessionOptions {
  readonly nodeName: string;
  readonly clock: Clock;
  /** As ServerOptions. */
  readonly requests: CounterTally;
  /** In [0, 1). */
  readonly random: () => number;
  readonly sessions: Writer<Session>;
  readonly log: Logger;
}

/** The connection to the cluster, by the access that it is given at the time. */
export class ApiserverSession implements Apiserver {
  readonly #options: SessionOptions;
  #access: ClusterAccess | undefined;
  #servers: Servers | undefined;
  #shown: Session | undefined;
  #generation = 0;
  /** The cluster answers, and does not know the identity. */
  #isRefused = false;
  #cancelLook = (): void => undefined;
  /** Of those before, whose calls are still under way. */
  readonly #retiring = new Set<Servers>();
  #isRunning = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * Connects anew: calls under way with the old identity end in peace, watches and idle connections are closed. The same
   * access again changes nothing.
   * @throws BootletError E_TLS_UNTRUSTED for an access that no server could be verified by, or that would send a token in the clear
   */
  use(access: ClusterAccess | undefined): void {
    if (isDeepStrictEqual(access, this.#access)) return;
    const { clock, requests } = this.#options;
    const servers = access && new Servers({ access, clock, requests, onChange: () => this.#show(servers) });
    const old = this.#servers;
    this.#access = access;
    this.#servers = servers;
    this.#generation++;
    this.#isRefused = false;
    this.#show(servers);
    if (old !== undefined) this.#retire(old);
  }

  start(): void {
    this.#isRunning = true;
    this.#lookLater();
  }

  /** Breaks off everything that is under way. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#cancelLook();
    const all = [...this.#retiring, ...(this.#servers === undefined ? [] : [this.#servers])];
    this.#servers = undefined;
    await Promise.all(all.map((servers) => servers.destroy()));
  }

  async call(call: ApiCall): Promise<ApiAnswer> {
    return this.#judged(this.#connected, (servers) => servers.call(call));
  }

  async *watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    yield* this.#connected.watch(path, query, signal);
  }

  get #connected(): Servers {
    if (this.#servers !== undefined) return this.#servers;
    throw new BootletError('E_APISERVER_UNAVAILABLE', 'this host has no identity to connect to the cluster with yet', {
      hint: '`bootlet node show` tells what it waits for.',
    });
  }

  /** Keeps whether the identity is known to the cluster, as the last answer has it. */
  async #judged<T>(servers: Servers, ask: (servers: Servers) => Promise<T>): Promise<T> {
    const judge = (isRefused: boolean): void => {
      if (this.#isRefused === isRefused || servers !== this.#servers) return;
      this.#isRefused = isRefused;
      this.#show(servers);
    };
    try {
      const answer = await ask(servers);
      judge(false);
      return answer;
    } catch (error) {
      const status = refusalOf(error)?.status;
      if (status !== undefined) judge(status === 401);
      throw error;
    }
  }

  #retire(servers: Servers): void {
    this.#retiring.add(servers);
    servers
      .retire()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'an old connection did not close'))
      .finally(() => this.#retiring.delete(servers));
  }

  #lookLater(): void {
    if (!this.#isRunning) return;
    const { clock, random, log } = this.#options;
    this.#cancelLook = clock.setTimer(clock.now() + (LOOK_MS / 2) * (1 + random()), () => {
      (this.#servers?.look() ?? Promise.resolve())
        .catch((error: unknown) => log.error({ err: error }, 'the servers of the cluster could not be looked at'))
        .finally(() => this.#lookLater());
    });
  }

  #show(servers: Servers | undefined): void {
    if (servers !== this.#servers) return;
    const { sessions, nodeName, clock } = this.#options;
    if (servers === undefined) {
      this.#shown = undefined;
      sessions.remove(nodeName);
      return;
    }
    const before = this.#shown;
    const generation = this.#generation;
    const view = this.#isRefused ? { ...servers.view, state: 'refused' as const } : servers.view;
    const isNew = before?.generation !== generation || before.state !== view.state || before.server !== view.server;
    const since = isNew ? clock.now() : before.since;
    this.#shown = { generation, ...view, since };
    sessions.put(nodeName, this.#shown);
    if (isNew) this.#options.log.info({ ...this.#shown }, 'connection to the cluster');
  }
}
