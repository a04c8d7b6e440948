import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeMemory } from '../../daemon/pods/probes/memory.ts';
import { prober } from '../../daemon/pods/probes/prober.ts';
import { PodEvents } from '../../daemon/pods/record/pod-events.ts';
import { containerType, podKey, podSpecType } from '../../daemon/pods/resources.ts';
import { podMeters } from '../../daemon/pods/stats/meters.ts';
import type { Clock } from '../../daemon/reconcile/clock.ts';
import { Engine } from '../../daemon/reconcile/engine.ts';
import { EventRing } from '../../daemon/reconcile/events.ts';
import { Semaphore } from '../../daemon/reconcile/semaphore.ts';
import { Store } from '../../daemon/reconcile/store.ts';
import type { Scope } from '../lab/scope.ts';
import { aContainer, aRun, aSpec } from '../support/pod-builders.ts';
import type { Bench } from './bench.ts';
import { alternate } from './rounds.ts';

/** Requests in one round: with all rounds fewer than a host has ports, which connections hold for a minute after their end. */
const PROBES = 500;

/**
 * What an HTTP probe costs the daemon, all of it: the controller that finds it due, the request, the verdict. The floor
 * is the shortest loop of node:http, which as a probe has a connection for each request. CPU time of this thread alone:
 * ms for a thousand, that is, µs for each.
 */
export const httpProbe: Bench = async (scope, options) => {
  const port = await startServer(scope);
  const probes = await startProber(scope, port);
  const perThousand = async (run: (count: number) => Promise<void>): Promise<number> => {
    const before = process.threadCpuUsage();
    await run(PROBES);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / PROBES;
  };
  return {
    ...(await alternate(options.rounds, {
      floor: () => perThousand((count) => bareLoop(port, count)),
      bootlet: () => perThousand(probes),
    })),
  };
};

const startServer = async (scope: Scope): Promise<number> => {
  const server = fork(join(import.meta.dirname, 'probed-server.ts'));
  scope.teardown(() => void server.kill());
  const [address] = (await once(server, 'message')) as [AddressInfo];
  return address.port;
};

const bareLoop = async (port: number, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) {
    await new Promise<void>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
        response.resume();
        response.on('end', resolve);
      }).on('error', reject);
    });
  }
};

/** One probed container under an engine; the function lets it be probed so many times, one after another. */
const startProber = async (scope: Scope, port: number): Promise<(count: number) => Promise<void>> => {
  const state = await mkdtemp(join(tmpdir(), 'bl-bench-'));
  scope.teardown(() => rm(state, { recursive: true, force: true }));
  const clock = new HastyClock();
  const store = new Store();
  const engine = new Engine({ store, clock, random: Math.random, onFailure: (_, error) => clock.fail(error) });
  engine.add(
    prober({
      store,
      runtime: { exec: () => Promise.reject(new Error('no command is probed here')) },
      hostIPs: ['127.0.0.1'],
      clock,
      random: Math.random,
      events: new PodEvents(new EventRing(clock)),
      memory: probeMemory(state),
      meters: podMeters(),
      execLimit: new Semaphore(1),
    }),
  );
  engine.start();
  scope.teardown(() => engine.stop());
  const readinessProbe = { httpGet: { port, path: '/', scheme: 'HTTP' }, periodSeconds: 1 };
  const spec = aSpec({ containers: [aContainer('main', { readinessProbe })] });
  const run = { ...aRun(), startedAt: 0 };
  store.claim(podSpecType, 'bench').put(podKey(spec), spec);
  store.claim(containerType, 'bench').put(run.id, run);
  return (count) => clock.periods(count);
};

/** Time that jumps to the next timer as long as periods are asked for, so that a probe is due as soon as the last is done. */
class HastyClock implements Clock {
  #now = 1;
  #left = 0;
  #next: { readonly at: number; readonly fire: () => void } | undefined;
  #ended = Promise.withResolvers<void>();

  now(): number {
    return this.#now;
  }

  setTimer(at: number, fire: () => void): () => void {
    this.#next = { at, fire };
    queueMicrotask(() => this.#goOn());
    return () => {
      this.#next = undefined;
    };
  }

  async periods(count: number): Promise<void> {
    this.#left = count;
    this.#ended = Promise.withResolvers();
    this.#goOn();
    await this.#ended.promise;
  }

  fail(error: unknown): void {
    this.#ended.reject(error);
  }

  #goOn(): void {
    if (this.#next === undefined) return;
    if (this.#left === 0) return this.#ended.resolve();
    const { at, fire } = this.#next;
    this.#next = undefined;
    this.#left--;
    this.#now = Math.max(this.#now, at);
    fire();
  }
}
