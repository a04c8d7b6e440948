import { setTimeout as delay } from 'node:timers/promises';
import { BootletError, messageOf } from '../../errors.ts';
import { type DockerProcess, reloadDocker } from '../../host/docker-process.ts';
import type { DockerService } from '../../host/docker-service.ts';
import type { Json } from '../../host/json-value.ts';
import type { RunTool } from '../../host/run-tool.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { DockerEngine } from '../../runtime/docker/engine.ts';
import { type EngineInfo, type EngineState, engineState } from '../../runtime/docker/engine-state.ts';

export interface DockerdOptions {
  readonly engine: Pick<DockerEngine, 'call'>;
  readonly find: () => DockerProcess | undefined;
  /** Who may restart it; text: why nobody. */
  readonly service: (found: DockerProcess | undefined) => DockerService | string;
  readonly run: RunTool;
  /** Where procfs is mounted. */
  readonly proc: string;
  readonly clock: Clock;
  /** Aborted when the daemon ends. */
  readonly stopping: AbortSignal | undefined;
}

interface LookOptions {
  readonly limitMs?: number;
  readonly isQuick?: boolean;
}

type Keys = Readonly<Record<string, Json>>;

/** Containers get their time to stop, and there may be many. */
const COMMAND_MS = 300_000;
/** From the end of a command that went well until dockerd answers. */
const BACK_MS = 60_000;
/** A command that failed may have started it all the same. */
const BACK_AFTER_FAILURE_MS = 3_000;
const RELOAD_MS = 10_000;
const LOOK_EVERY_MS = 100;
/**
 * It runs two programs to say them. What changes of them without a start, a swarm that somebody joins for one, is seen by
 * the first look after that time, or by one that finds something to make.
 */
const INFO_MS = 60_000;

const withSlash = (address: string): string => (address.endsWith('/') ? address : `${address}/`);

/** It talks to these without TLS whatever it is told. */
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Whether a dockerd says of itself what its file says, of what it tells and can read again. */
const hasRead = (keys: Keys, state: EngineState): boolean => {
  /** It says some in other words than it was told them, but none is none. */
  const has = (key: string, present: readonly string[], always: readonly string[] = []): boolean => {
    const value = keys[key];
    if (!Array.isArray(value)) return true;
    if (value.length === 0) return present.every((text) => always.includes(text));
    return value.every((text) => present.includes(String(text)) || present.includes(withSlash(String(text))));
  };
  return (
    (keys['live-restore'] === undefined || keys['live-restore'] === state.liveRestore) &&
    has('registry-mirrors', state.registryMirrors) &&
    has('insecure-registries', state.insecureRegistries, LOOPBACK)
  );
};

/** The dockerd that runs on this host. */
export class Dockerd {
  readonly #o: DockerdOptions;
  #said: { readonly process: string; readonly at: number; readonly info: EngineInfo } | undefined;

  constructor(options: DockerdOptions) {
    this.#o = options;
  }

  process(): DockerProcess | undefined {
    return this.#o.find();
  }

  /** @param found as `process` gives it */
  service(found: DockerProcess | undefined): DockerService | string {
    return this.#o.service(found);
  }

  /** What its log is called, and how it is seen where that is known. */
  log(): string {
    const service = this.service(this.process());
    const unit = typeof service === 'string' ? undefined : service.unit;
    return unit === undefined ? "Docker's log" : `Docker's log (journalctl -u ${unit})`;
  }

  /** As `engineState`. @param isQuick of its options what it said within the last minute will do */
  async state({ limitMs, isQuick = false }: LookOptions = {}): Promise<EngineState | undefined> {
    const { engine, clock } = this.#o;
    const last = isQuick ? this.#said : undefined;
    const process = this.process()?.id;
    const isKnown = last !== undefined && clock.now() - last.at < INFO_MS && process === last.process;
    const state = await engineState(engine, { limitMs, info: isKnown ? last.info : undefined });
    // What was asked while one followed another may be of either.
    if (isKnown || state === undefined || process === undefined || this.process()?.id !== process) return state;
    this.#said = { process, at: clock.now(), info: state };
    return state;
  }

  /** Tells it to read its file again, and waits until it has. @throws BootletError E_NETWORK_UNSETTLED */
  async reload(keys: Keys): Promise<void> {
    const process = this.process();
    if (process === undefined || !reloadDocker(process, this.#o.proc)) {
      throw new BootletError('E_NETWORK_UNSETTLED', 'dockerd ended before it could read its file again');
    }
    const read = await this.#until(RELOAD_MS, async (leftMs) => {
      const state = await this.state({ limitMs: leftMs });
      return state !== undefined && hasRead(keys, state) ? state : undefined;
    });
    if (read !== undefined) return;
    const message = `dockerd did not take its new options within ${RELOAD_MS / 1000} s of SIGHUP`;
    throw new BootletError('E_NETWORK_UNSETTLED', message, { hint: `${this.log()} says why` });
  }

  /**
   * Has it started anew, and waits until it answers.
   * @param mayStay one that was never gone will do, where the one before did not run as it should
   * @throws BootletError E_NETWORK_UNSETTLED when it does not come back, or nobody may restart it
   */
  async restart(mayStay = false): Promise<{ readonly process: DockerProcess; readonly state: EngineState }> {
    const before = this.process();
    const service = this.service(before);
    if (typeof service === 'string') throw new BootletError('E_NETWORK_UNSETTLED', service);
    const [program, ...args] = service.command;
    const complaint = await this.#command(service, program, args);
    const back = await this.#until(complaint === undefined ? BACK_MS : BACK_AFTER_FAILURE_MS, async (leftMs) => {
      const process = this.process();
      if (process === undefined || (process.id === before?.id && !mayStay)) return undefined;
      const state = await this.state({ limitMs: leftMs });
      return state === undefined ? undefined : { process, state };
    });
    if (back !== undefined) return back;
    const words = service.command.join(' ');
    const isSame = before !== undefined && this.process()?.id === before.id;
    const message = isSame ? `${words} did not restart dockerd` : `dockerd did not come back after ${words}`;
    throw new BootletError('E_NETWORK_UNSETTLED', complaint === undefined ? message : `${message}: ${complaint}`);
  }

  /** Undefined when it went well; else the last that it said. */
  async #command(service: DockerService, program: string, args: readonly string[]): Promise<string | undefined> {
    const { run } = this.#o;
    // Restarts in a row would else be refused (StartLimitBurst).
    if (service.unit !== undefined) await run('systemctl', ['reset-failed', service.unit]);
    try {
      const { exitCode, stderr, stdout } = await run(program, args, { limitMs: COMMAND_MS });
      if (exitCode === 0) return undefined;
      return (stderr.trim() || stdout.trim() || `exit code ${exitCode}`).slice(-1000);
    } catch (error) {
      return messageOf(error);
    }
  }

  /** What `look` finds, within the milliseconds that are left each time; undefined when it finds nothing in time. */
  async #until<T>(ms: number, look: (leftMs: number) => Promise<T | undefined>): Promise<T | undefined> {
    const { clock, stopping } = this.#o;
    const deadline = clock.now() + ms;
    for (;;) {
      const found = await look(Math.max(deadline - clock.now(), LOOK_EVERY_MS));
      if (found !== undefined || clock.now() > deadline) return found;
      await delay(LOOK_EVERY_MS, undefined, stopping === undefined ? {} : { signal: stopping });
    }
  }
}
