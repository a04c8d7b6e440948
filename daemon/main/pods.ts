import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { BootletError } from '../errors.ts';
import { loadedAppArmorProfiles } from '../host/app-armor.ts';
import { thermalThrottleFolders } from '../host/thermal-throttle.ts';
import { readTrusted } from '../host/trusted-file.ts';
import { hookController } from '../pods/hooks/hook-controller.ts';
import { hookMemory } from '../pods/hooks/memory.ts';
import { hostPortsController } from '../pods/network/host-ports-controller.ts';
import { renewalController } from '../pods/network/renewal-controller.ts';
import { probeMemory } from '../pods/probes/memory.ts';
import { prober } from '../pods/probes/prober.ts';
import type { PodEvents } from '../pods/record/pod-events.ts';
import { meterWorker, type PodMeters } from '../pods/stats/meters.ts';
import { PodExecutor } from '../pods/worker/execute.ts';
import { Failures } from '../pods/worker/failures.ts';
import { forgetRemoved, forgetUnlisted } from '../pods/worker/forget.ts';
import { LogLinks } from '../pods/worker/log-links.ts';
import { podWorker } from '../pods/worker/pod-worker.ts';
import { Stops } from '../pods/worker/stops.ts';
import { TerminationMessages } from '../pods/worker/termination-messages.ts';
import { Semaphore } from '../reconcile/semaphore.ts';
import type { AdmissionParts } from './admission.ts';
import { buildCgroups } from './cgroups.ts';
import type { Foundation } from './foundation.ts';
import type { RuntimeParts } from './runtime.ts';
import { buildVolumes } from './volumes.ts';

/** Measured on Docker: more calls at once make each slower and all together no faster. */
const RUNTIME_CALLS = 8;
/** A probe holds its place for up to its timeout, so that a few that hang must not keep all others waiting. */
const EXEC_PROBES = 32;

/** Docker's own has 12 kB. */
const LARGEST_SECCOMP_PROFILE = 1024 * 1024;

/** Supervision: the pod workers and the controllers whose results they wait for. */
export const buildPods = async (
  foundation: Foundation,
  { runtime, observer, builtInPauseImage }: RuntimeParts,
  { allocatable }: AdmissionParts,
  events: PodEvents,
  meters: PodMeters,
): Promise<void> => {
  const { config, store, engine, clock, random, log, stopping, addresses } = foundation;
  const { paths, nodeName } = config;
  const { pauseImage } = config.runtime.docker;
  const leftOut = (what: string) => (error: BootletError) =>
    log.warn({ error: error.message, hint: error.hint }, `remembered ${what} are left out`);
  const stops = new Stops(paths.state);
  await stops.load(leftOut('stops'));
  const logLinks = new LogLinks(paths);
  const failures = new Failures(random);
  const messages = new TerminationMessages(paths.state, runtime, stopping);
  forgetRemoved(store, { stops, failures, messages, logLinks, log });
  const cgroups = buildCgroups(foundation, runtime);
  const { mounter } = buildVolumes(foundation, events, {
    allocatable,
    release: (folder) => cgroups.release(folder),
    onGone: (folder) => failures.forgetFolder(folder),
  });
  const executor = new PodExecutor({
    runtime,
    refresh: (id) => observer.refresh(id),
    limit: new Semaphore(RUNTIME_CALLS),
    clock,
    events,
    stops,
    state: paths.state,
    pauseImage: pauseImage || builtInPauseImage,
    dns: { servers: config.pods.clusterDNS, domain: config.pods.clusterDomain },
    host: {
      get hostIPs() {
        return addresses.hostIPs;
      },
      memoryCapacity: totalmem(),
      thermalThrottle: thermalThrottleFolders({ sys: '/sys' }),
      allocatable,
      logs: { maxSizeBytes: config.pods.logs.maxSize, maxFiles: config.pods.logs.maxFiles },
    },
    profiles: {
      seccompFolder: join(paths.state, 'seccomp'),
      readSeccomp: (path) => readTrusted(path, LARGEST_SECCOMP_PROFILE),
      appArmorProfiles: () => loadedAppArmorProfiles({ sys: '/sys' }),
    },
    cgroups,
    mounter,
  });
  const worker = podWorker({
    sandboxImage: pauseImage || undefined,
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
  });
  engine.add(meterWorker(meters, worker));
  engine.add(hostPortsController({ nodeName }));
  engine.add(renewalController({ nodeName, clock, events }));
  const hooks = hookMemory(paths.state);
  await hooks.load(leftOut('hooks'));
  engine.add(hookController({ store, runtime, clock, events, memory: hooks, log, signal: stopping }));
  const memory = probeMemory(paths.state);
  await memory.load(leftOut('probes'));
  forgetUnlisted(store, [stops, hooks, memory]);
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
      memory,
      execLimit: new Semaphore(EXEC_PROBES),
      meters,
      signal: stopping,
    }),
  );
};
