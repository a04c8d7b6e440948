import { mkdir } from 'node:fs/promises';
import { homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { startApi } from './api/server.ts';
import { StatusBoard } from './api/status-board.ts';
import { loadConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { messageOf } from './errors.ts';
import { hostAddresses } from './host/addresses.ts';
import { systemdNotify, watchdogInterval } from './host/sd-notify.ts';
import { lockState } from './host/state-lock.ts';
import { assignmentController } from './pods/assign/controller.ts';
import { Ledger } from './pods/assign/ledger.ts';
import { imageController } from './pods/images/image-controller.ts';
import { ImageLoader } from './pods/images/image-loader.ts';
import { ImagePuller } from './pods/images/pull.ts';
import { sandboxImage } from './pods/images/sandbox-image.ts';
import { readManifest } from './pods/manifest/read.ts';
import { prober } from './pods/probes/prober.ts';
import {
  folderOwnerType,
  imageArchiveType,
  manifestFileType,
  manifestFolderType,
  restartRequestType,
} from './pods/resources.ts';
import { FileSource } from './pods/source/file-source.ts';
import { FolderMemory } from './pods/source/folder-memory.ts';
import { FolderOwnerWatch } from './pods/source/folder-owner.ts';
import { PodExecutor } from './pods/worker/execute.ts';
import { Failures } from './pods/worker/failures.ts';
import { folderSweep } from './pods/worker/folder-sweep.ts';
import { LogLinks } from './pods/worker/log-links.ts';
import { PodEvents } from './pods/worker/pod-events.ts';
import { podWorker } from './pods/worker/pod-worker.ts';
import { Stops } from './pods/worker/stops.ts';
import { TerminationMessages } from './pods/worker/termination-messages.ts';
import { systemClock as clock } from './reconcile/clock.ts';
import { Engine } from './reconcile/engine.ts';
import { EventRing } from './reconcile/events.ts';
import { Semaphore } from './reconcile/semaphore.ts';
import { Store } from './reconcile/store.ts';
import { registryCredentials } from './runtime/docker/credentials.ts';
import { connectDocker } from './runtime/docker/docker-runtime.ts';
import { instanceOf } from './runtime/instance.ts';
import { RuntimeObserver } from './runtime/observer.ts';
import { pauseImageName, pauseImageTar } from './runtime/pause/image.ts';
import { version } from './version.ts';

/** Measured on Docker: more calls at once make each slower and all together no faster. */
const RUNTIME_CALLS = 8;
const PULLS = 3;
/** A probe holds its place for up to its timeout, so that a few that hang must not keep all others waiting. */
const EXEC_PROBES = 32;

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
    await startDaemon(config, log, parts);
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

/** Where Docker's own client keeps credentials, as its manual has it. */
const dockerConfigFile = (environment: NodeJS.ProcessEnv): string =>
  join(environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');

/** Builds every part, wires it and starts it; the only place that does. `parts` ends them in reverse order. */
const startDaemon = async (config: Config, log: Logger, parts: AsyncDisposableStack): Promise<void> => {
  const { paths, nodeName } = config;
  const random = Math.random;
  const store = new Store(clock.now());
  const ring = new EventRing(clock);
  const events = new PodEvents(ring);
  const engine = new Engine({
    store,
    clock,
    random,
    onFailure: (trouble, error) =>
      log.warn(
        { controller: trouble.controller, key: trouble.key, failures: trouble.failures, err: error },
        'reconcile failed',
      ),
  });
  const read = (bytes: Uint8Array) => readManifest(bytes, { nodeName });

  const pauseArchitecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const pauseName = pauseImageName(pauseArchitecture);
  const runtime = connectDocker({
    endpoint: config.runtime.docker.endpoint,
    instance: await instanceOf(paths.state),
    builtInImages: new Map([[pauseName, () => pauseImageTar(pauseArchitecture)]]),
    onWarning: (message) => log.warn({ message }, 'runtime is limited'),
  });
  const observer = new RuntimeObserver({ runtime, store, clock, random, log });
  const ledger = new Ledger(join(paths.state, 'manifests'), read);
  const remembered = await ledger.load((error) =>
    log.warn({ error: error.message, hint: error.hint }, 'a remembered manifest is left out'),
  );
  const owners = new FolderOwnerWatch({
    folder: paths.manifests,
    host: { proc: '/proc', root: '/' },
    clock,
    owners: store.claim(folderOwnerType, 'owner-watch'),
    events: ring,
    log,
  });
  const source = new FileSource({
    folder: paths.manifests,
    read,
    clock,
    memory: new FolderMemory(join(paths.state, 'folder.json')),
    files: store.claim(manifestFileType, 'file-source'),
    folders: store.claim(manifestFolderType, 'file-source'),
    log,
  });
  engine.add(assignmentController({ folder: paths.manifests, ledger, remembered, events: ring, log }));

  const puller = new ImagePuller({
    runtime,
    credentials: (image) =>
      registryCredentials(dockerConfigFile(process.env), image, (message) => log.warn({ message }, 'pull is limited')),
    limit: new Semaphore(PULLS),
    clock,
  });
  engine.add(imageController({ store, runtime, puller, clock, events }));
  const loader = new ImageLoader({
    folder: paths.images,
    runtime,
    store,
    archives: store.claim(imageArchiveType, 'image-loader'),
    events: ring,
    clock,
    log,
  });

  const hostIPs = hostAddresses(clock);
  const addresses = {
    get hostIPs() {
      return config.nodeIPs.length > 0 ? config.nodeIPs : hostIPs();
    },
  };
  const stops = new Stops(paths.state);
  await stops.load((error) => log.warn({ error: error.message, hint: error.hint }, 'remembered stops are left out'));
  const logLinks = new LogLinks(paths);
  const failures = new Failures(random);
  const messages = new TerminationMessages(paths.state, runtime);
  const executor = new PodExecutor({
    runtime,
    refresh: (id) => observer.refresh(id),
    limit: new Semaphore(RUNTIME_CALLS),
    clock,
    events,
    stops,
    state: paths.state,
    logLinks,
    pauseImage: sandboxImage(config.runtime.docker.pauseImage, pauseName, runtime, puller),
    dns: { servers: config.pods.clusterDNS, domain: config.pods.clusterDomain },
    host: {
      podIPs: [],
      get hostIPs() {
        return addresses.hostIPs;
      },
      memoryCapacity: totalmem(),
      logs: { maxSizeBytes: config.pods.logs.maxSize, maxFiles: config.pods.logs.maxFiles },
    },
  });
  engine.add(
    podWorker({
      store,
      executor,
      stops,
      logLinks,
      failures,
      messages,
      events,
      addresses,
      clock,
      log,
    }),
  );
  engine.add(folderSweep({ state: paths.state, podLogs: paths.podLogs, clock, onGone: (uid) => failures.forget(uid) }));
  const stopping = new AbortController();
  engine.add(
    prober({
      store,
      runtime,
      get hostIPs() {
        return addresses.hostIPs;
      },
      clock,
      random,
      events,
      execLimit: new Semaphore(EXEC_PROBES),
      signal: stopping.signal,
    }),
  );

  const restarts = store.claim(restartRequestType, 'api');
  const board = new StatusBoard({ store, clock, config, version });
  parts.defer(() => board.close());
  let started = false;
  const api = await startApi({
    store,
    events: ring,
    config,
    runtime,
    board,
    version,
    clock,
    log,
    ready: () => started,
    actions: { restartPod: (key) => restarts.put(key, { at: clock.now() }) },
  });

  parts.defer(() => api.close());

  engine.start();
  // The runtime is closed first of all: that cuts short what everything else waits for.
  parts.defer(() => engine.stop());
  observer.start();
  parts.defer(() => observer.stop());
  await owners.start();
  parts.defer(() => owners.stop());
  await source.start();
  parts.defer(() => source.stop());
  await loader.start();
  parts.defer(() => loader.stop());
  parts.defer(() => runtime.close());
  parts.defer(() => stopping.abort());
  const rescan = (): void => {
    log.info('rescan asked for by SIGHUP; a changed configuration needs a restart');
    loader.scan();
    source.rescan().catch((error: unknown) => log.error({ error: messageOf(error) }, 'rescan failed'));
  };
  process.on('SIGHUP', rescan);
  parts.defer(() => void process.off('SIGHUP', rescan));
  started = true;
};
