import type { Logger } from 'pino';
import { messageOf } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Writer } from '../../reconcile/store.ts';
import type { HttpManifests } from '../resources.ts';
import { fetchAnswer, type HttpTarget } from './http-fetch.ts';
import { readAnswer } from './read-answer.ts';
import type { ReadManifest } from './read-entry.ts';

export interface HttpSourceOptions extends HttpTarget {
  readonly intervalSeconds: number;
  readonly read: ReadManifest;
  readonly clock: Clock;
  readonly sources: Writer<HttpManifests>;
  readonly events: EventRing;
  readonly log: Logger;
}

/**
 * Asks one address for a Pod or a PodList again and again (the kubelet's pkg/kubelet/config/http.go). What an answer
 * does not name any more is gone, and an empty answer names nothing; but while there is no answer, or none that can be
 * understood, what the last good one named goes on.
 */
export class HttpSource {
  readonly #options: HttpSourceOptions;
  readonly #stopping = new AbortController();
  #shown: HttpManifests;
  /** The last answer that was looked at: the same bytes are not read again. */
  #last: Uint8Array | undefined;
  #cancelTimer = (): void => undefined;
  #asking: Promise<void> = Promise.resolve();

  constructor(options: HttpSourceOptions) {
    this.#options = options;
    this.#shown = { url: options.url, state: 'unread', message: `${options.url} was not asked yet`, files: [] };
    // At once: until it is known that there is such a source, what it gave before would count as gone.
    options.sources.put(options.url, this.#shown);
  }

  /** Asks for the first time without waiting for the answer. */
  start(): void {
    this.#ask();
  }

  /** Resolves when the answer that is on its way was looked at. */
  idle(): Promise<void> {
    return this.#asking;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTimer();
    await this.#asking;
  }

  #ask(): void {
    const { clock, intervalSeconds } = this.#options;
    this.#asking = this.#askOnce().finally(() => {
      if (this.#stopping.signal.aborted) return;
      this.#cancelTimer = clock.setTimer(clock.now() + intervalSeconds * 1000, () => this.#ask());
    });
  }

  async #askOnce(): Promise<void> {
    const { url, read } = this.#options;
    let answer: Uint8Array;
    try {
      answer = await fetchAnswer(this.#options, this.#stopping.signal);
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        this.#show({ ...this.#shown, state: 'unavailable', message: messageOf(error) });
      return;
    }
    if (this.#shown.state === 'available' && this.#last !== undefined && Buffer.compare(this.#last, answer) === 0)
      return;
    this.#last = answer;
    this.#show(this.#after(readAnswer(url, answer, read)));
  }

  #after(answer: ReturnType<typeof readAnswer>): HttpManifests {
    const { url } = this.#options;
    if (answer.ok) return { url, state: 'available', message: '', files: answer.files };
    const good = this.#shown.files.filter(({ state }) => state === 'valid');
    return { url, state: 'unavailable', message: `${url}: its answer is not valid`, files: [...good, answer.file] };
  }

  #show(next: HttpManifests): void {
    const before = this.#shown;
    this.#shown = next;
    this.#options.sources.put(next.url, next);
    if (before.state === next.state && before.message === next.message) return;
    const { url, state, message } = next;
    const [type, level, reason] =
      state === 'available'
        ? (['Normal', 'info', 'HttpSourceAvailable'] as const)
        : (['Warning', 'warn', 'HttpSourceUnavailable'] as const);
    this.#options.events.report({
      type,
      reason,
      message: message || `${url} answers`,
      subject: { kind: 'HttpSource', name: url },
    });
    this.#options.log[level]({ url, state, reason: message }, 'source of pods');
  }
}
