import { mkdir } from 'node:fs/promises';
import { type Logger, pino } from 'pino';
import { startApi } from './api/server.ts';
import { StatusBoard } from './api/status-board.ts';
import { loadConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { messageOf } from './errors.ts';
import { hostAddresses } from './host/addresses.ts';
import { systemdNotify, watchdogInterval } from './host/sd-notify.ts';
import { lockState } from './host/state-lock.ts';
import { buildAdmission } from './main/admission.ts';
import type { Foundation } from './main/foundation.ts';
import { buildImages } from './main/images.ts';
import { buildNetwork } from './main/network.ts';
import { buildNode } from './main/node.ts';
import { buildPods } from './main/pods.ts';
import { buildPressure } from './main/pressure.ts';
import { buildRuntime } from './main/runtime.ts';
import { buildSources } from './main/sources.ts';
import { buildStats } from './main/stats.ts';
import { rotationRequestType } from './node/resources.ts';
import { PodEvents } from './pods/record/pod-events.ts';
import { restartRequestType } from './pods/resources.ts';
import { systemClock as clock } from './reconcile/clock.ts';
import { Engine } from './reconcile/engine.ts';
import { EventRing } from './reconcile/events.ts';
import { Store } from './reconcile/store.ts';
import { version } from './version.ts';

/**
 * Runs the daemon until SIGTERM or SIGINT; pods run on. Resolves with the exit code.
 * @throws BootletError E_CONFIG_INVALID, E_STATE_LOCKED and what else keeps it from starting; what had started is ended
 */
export const runDaemon = async (options: { readonly configFile: string | undefined }): Promise<number> => {
  const config = await loadConfig(options.configFile);
  const log = pino({ level: config.log.level, base: null }, pino.destination({ dest: 1, sync: true }));
  const stopping = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const parts = new AsyncDisposableStack();
  try {
    await mkdir(config.paths.state, { recursive: true, mode: 0o700 });
    const lock = await lockState(config.paths.state);
    parts.defer(() => lock.release());
    // What is mounted below is found by its name, which must be the kernel's.
    await startDaemon({ ...config, paths: { ...config.paths, state: lock.folder } }, log, parts);
    const tell = tellSystemd(log, parts);
    tell('READY=1');
    log.info({ version, node: config.nodeName }, 'bootlet is ready');
    log.info({ signal: await stopping }, 'bootlet is stopping; pods run on');
    tell('STOPPING=1');
  } finally {
    await parts.disposeAsync();
  }
  return 0;
};

/** Tells systemd that the daemon is ready and alive. A daemon that is not heard works all the same. */
const tellSystemd = (log: Logger, parts: AsyncDisposableStack) => {
  const notify = systemdNotify(process.env);
  const tell = (...assignments: string[]): void =>
    void notify(...assignments).catch((error: unknown) =>
      log.warn({ error: messageOf(error) }, 'systemd was not told'),
    );
  const interval = watchdogInterval(process.env);
  if (interval !== undefined) {
    const watchdog = setInterval(() => tell('WATCHDOG=1'), interval);
    parts.defer(() => clearInterval(watchdog));
  }
  return tell;
};

/** Builds every part, wires it and starts it; with `main/`, the only place that does. `parts` ends them in reverse order. */
const startDaemon = async (config: Config, log: Logger, parts: AsyncDisposableStack): Promise<void> => {
  const stopping = new AbortController();
  const foundation = buildFoundation(config, log, stopping.signal);
  const { store, engine, events } = foundation;
  const podEvents = new PodEvents(events);
  const runtimeParts = await buildRuntime(foundation);
  const { runtime, observer } = runtimeParts;
  const { monitors } = await buildNetwork(foundation);
  const { owners, source, http } = await buildSources(foundation);
  const { meters, stats } = buildStats(foundation, runtimeParts, parts);
  await buildPressure(foundation, runtimeParts, { meters, stats });
  const images = await buildImages(foundation, runtimeParts, podEvents, meters);
  const admission = await buildAdmission(foundation, podEvents);
  const node = buildNode(foundation, { admission, runtime });
  await buildPods(foundation, runtimeParts, admission, podEvents, meters);

  const restarts = store.claim(restartRequestType, 'api');
  const rotations = store.claim(rotationRequestType, 'api');
  const board = new StatusBoard({ store, clock, config, version });
  parts.defer(() => board.close());
  let started = false;
  const api = await startApi({
    store,
    events,
    config,
    runtime,
    board,
    stats,
    meters,
    nodeMeters: node.meters,
    version,
    clock,
    log,
    ready: () => started,
    plannedNode: node.planned,
    renewCertificate: (fingerprint) => rotations.put(config.nodeName, { fingerprint }),
    actions: {
      restart: (key) => restarts.put(key, { at: clock.now() }),
      stop: (key) => admission.stopped.stop(key),
      start: (key) => admission.stopped.start(key),
    },
  });
  parts.defer(() => api.close());

  engine.start();
  // The runtime is closed first of all: that cuts short what everything else waits for.
  parts.defer(() => engine.stop());
  for (const part of [observer, ...monitors, ...node.parts, owners, source, ...http, images.loader]) {
    await part.start();
    parts.defer(() => part.stop());
  }
  parts.defer(() => runtime.close());
  parts.defer(() => stopping.abort());
  const rescan = (): void => {
    log.info('rescan asked for by SIGHUP; a changed configuration needs a restart');
    images.loader.scan();
    source.rescan().catch((error: unknown) => log.error({ error: messageOf(error) }, 'rescan failed'));
  };
  process.on('SIGHUP', rescan);
  parts.defer(() => void process.off('SIGHUP', rescan));
  started = true;
};

const buildFoundation = (config: Config, log: Logger, stopping: AbortSignal): Foundation => {
  const store = new Store(clock.now());
  const engine = new Engine({
    store,
    clock,
    random: Math.random,
    onFailure: (trouble, error) =>
      log.warn(
        { controller: trouble.controller, key: trouble.key, failures: trouble.failures, err: error },
        'reconcile failed',
      ),
  });
  const hostIPs = hostAddresses(clock);
  const addresses = {
    get hostIPs() {
      return config.nodeIPs.length > 0 ? config.nodeIPs : hostIPs();
    },
  };
  return { config, log, clock, random: Math.random, store, events: new EventRing(clock), engine, stopping, addresses };
};
