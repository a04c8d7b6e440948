import type { Logger } from 'pino';
import type { SupervisedProgram, SuperviseLines } from '../../host/supervise-lines.ts';
import type { NetworkEventKind } from '../resources.ts';
import type { NetworkEvents } from './network-events.ts';

export interface ProgramMonitorOptions {
  readonly supervise: SuperviseLines;
  readonly events: Pick<NetworkEvents, 'changed' | 'listening' | 'deaf'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

export interface MonitoredProgram {
  readonly kind: NetworkEventKind;
  readonly program: string;
  readonly args: readonly string[];
  /** What a line tells; undefined: nothing that matters. Lines come in order. Without it each tells of a change. */
  readonly heard?: (line: string) => Heard | undefined;
  /** It listens, again maybe: what was changed before went unheard. Told before anything is looked at for it. */
  readonly up?: () => void;
}

/** That something was changed. */
export interface Heard {
  /** Who did it, where the program says so: `nft (pid 812)`. */
  readonly by: string | undefined;
}

const somebody = (): Heard => ({ by: undefined });

/** Hears from a program of the host that something was changed; what, the settings look up themselves. */
export class ProgramMonitor {
  readonly #monitored: MonitoredProgram;
  readonly #options: ProgramMonitorOptions;
  #running: SupervisedProgram | undefined;
  #isDown = false;

  constructor(monitored: MonitoredProgram, options: ProgramMonitorOptions) {
    this.#monitored = monitored;
    this.#options = options;
  }

  start(): void {
    const { kind, program, args, heard = somebody, up } = this.#monitored;
    const { supervise, events, log } = this.#options;
    this.#running = supervise(program, args, {
      onLine: (line) => {
        const change = heard(line);
        if (change !== undefined) events.changed(kind, change.by);
      },
      onUp: () => {
        up?.();
        events.listening(kind);
        if (this.#isDown) log.info({ monitor: kind }, 'changes of the host are heard again');
        this.#isDown = false;
      },
      onDown: (error) => {
        events.deaf(kind, error.message);
        // Once, and not for each of the tries that follow.
        if (!this.#isDown) log.warn({ monitor: kind, err: error }, 'changes of the host are not heard; it is polled');
        this.#isDown = true;
      },
    });
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }
}
