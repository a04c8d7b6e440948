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
  /** Who did what the program tells of, where a line names somebody. */
  readonly authorIn?: (line: string) => string | undefined;
}

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
    const { kind, program, args, authorIn } = this.#monitored;
    const { supervise, events, log } = this.#options;
    this.#running = supervise(program, args, {
      onLine: (line) => events.changed(kind, authorIn?.(line)),
      onUp: () => {
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
