import type { Logger } from 'pino';
import { shownUrl } from '../../config/shown-url.ts';
import { BootletError, messageOf } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Writer } from '../../reconcile/store.ts';
import type { HttpManifests } from '../resources.ts';
import { fetchAnswer, type HttpTarget } from './http-fetch.ts';
import { type ReadAnswer, readAnswer } from './read-answer.ts';
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
  /** The last answer that was read: the same bytes are not read again. */
  #last: { readonly bytes: Uint8Array; readonly read: ReadAnswer } | undefined;
  #cancelTimer = (): void => undefined;
  #asking: Promise<void> = Promise.resolve();

  constructor(options: HttpSourceOptions) {
    this.#options = options;
    const url = shownUrl(options.url);
    this.#shown = { url, state: 'unread', message: `${url} was not asked yet`, files: [] };
    // At once: until it is known that there is such a source, what it gave before would count as gone.
    options.sources.put(url, this.#shown);
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
    try {
      this.#show(this.#after(this.#read(await fetchAnswer(this.#options, this.#stopping.signal))));
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const message = error instanceof BootletError ? error.message : `${this.#shown.url}: ${messageOf(error)}`;
      this.#show({ ...this.#shown, state: 'unavailable', message });
    }
  }

  #read(bytes: Uint8Array): ReadAnswer {
    const { read } = this.#options;
    if (this.#last === undefined || Buffer.compare(this.#last.bytes, bytes) !== 0)
      this.#last = { bytes, read: readAnswer(this.#shown.url, bytes, read) };
    return this.#last.read;
  }

  #after(answer: ReadAnswer): HttpManifests {
    const { url } = this.#shown;
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
