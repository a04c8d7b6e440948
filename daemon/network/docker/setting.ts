import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { BootletError } from '../../errors.ts';
import { type DockerProcess, openFilesOf } from '../../host/docker-process.ts';
import { dockerService, unitOf } from '../../host/docker-service.ts';
import { readHostNetwork } from '../../host/ip/host-network.ts';
import { readLinks } from '../../host/ip/links.ts';
import type { Json } from '../../host/json-value.ts';
import type { Originals } from '../../host/ledger.ts';
import { unlessMissing } from '../../host/missing.ts';
import { environmentOf } from '../../host/processes.ts';
import type { RunTool } from '../../host/run-tool.ts';
import type { Sysctls } from '../../host/sysctls.ts';
import { commandOfUnit } from '../../host/systemd-unit.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { DockerEngine } from '../../runtime/docker/engine.ts';
import { BOOT_GUARD } from '../boot.ts';
import { type HostSetting, hostSetting } from '../host-setting.ts';
import { LOOPBACK_GUARD } from '../loopback-guard.ts';
import { RepairPace } from '../repair-pace.ts';
import type { NetworkSpec } from '../resources.ts';
import { type Attachment, attachmentOf, networkNameOf } from './attachment.ts';
import { stepsOf } from './carry-out-step.ts';
import { type DaemonJson, readDaemonJson } from './daemon-json.ts';
import { Dockerd } from './dockerd.ts';
import { expectedNetwork } from './expected-network.ts';
import { flagsIn } from './flags.ts';
import { freshIfMade } from './fresh-look.ts';
import { loopbackRoutes } from './loopback-routes.ts';
import { type LostInput, lostWithRules } from './lost-with-rules.ts';
import { DOCKER_MEMORY, dockerMemory } from './memory.ts';
import { planDocker } from './plan.ts';
import { NO_NEEDS, neverByProxy, type ProxyInput, type ProxyNeeds, proxyNeeds } from './proxies.ts';
import { dropInPath } from './proxy-drop-in.ts';
import { keysBesideFlags, refuseForeignNetwork } from './refusals.ts';
import type { DockerChange, PlanInput } from './steps.ts';
import { fileOriginal, NETWORK_ENTRY, originalTarget, ownedKeys, wantedTarget } from './target.ts';
import { wantedKeys } from './wanted-keys.ts';

export interface DockerSettingOptions {
  readonly config: Pick<Config, 'network' | 'paths'>;
  readonly run: RunTool;
  readonly sysctls: Sysctls;
  readonly engine: Pick<DockerEngine, 'call'>;
  /** The dockerd that listens there; undefined: none. */
  readonly find: () => DockerProcess | undefined;
  /** The host's root folder; `/` but in tests. */
  readonly root: string;
  readonly clock: Clock;
  readonly stopping: AbortSignal | undefined;
}

/** What the steps follow from, and what is told beside them. */
interface Observed extends PlanInput {
  readonly advice: readonly DockerChange[];
}

interface TargetInput {
  readonly attachment: Attachment;
  /** The command line of dockerd, or that it would have. */
  readonly args: readonly string[];
}

const SYSTEMD = 'run/systemd/system';
/** The start of a process is known in hundredths of a second, and its distance from now in as many. */
const START_SLACK_MS = 50;

const readOnly = (path: string): BootletError =>
  new BootletError('E_NETWORK_REFUSED', `${path} cannot be written: ${dirname(path)} is read-only`, {
    hint: `make ${dirname(path)} writable, name another file as network.docker.configFile (and to dockerd, --config-file), or set network.docker.manage: false`,
    retryable: false,
  });

/** Docker's options: its daemon.json, and that dockerd has read it and has the network that it is to have. */
export const dockerSetting = ({
  config,
  run,
  sysctls,
  engine,
  find,
  root,
  clock,
  stopping,
}: DockerSettingOptions): HostSetting => {
  const { network, paths } = config;
  const { attach, configFile: path, manage, options, restart } = network.docker;
  const followsMtu = network.bridge.mtu === 0;
  const proc = join(root, 'proc');
  const dockerd = new Dockerd({
    engine,
    find,
    service: (found) => dockerService({ policy: restart, root }, found),
    run,
    proc,
    clock,
    stopping,
  });
  const memory = dockerMemory(join(paths.state, DOCKER_MEMORY));
  let isPolled = false;
  const carryOutStep = stepsOf({
    path,
    dockerd,
    memory,
    engine,
    run,
    sysctls,
    clock,
  });
  /** As Docker said last: while it does not answer nobody knows of an end of it. */
  let ofOthers: Omit<LostInput, 'keys'> = { containers: [], networks: [] };
  /** What the dockerd that was seen last has read, where it is known: a file that is changed later says no more. */
  let read: { readonly process: string; readonly keys: Readonly<Record<string, Json>> } | undefined;

  const targetFor = async (
    spec: NetworkSpec | undefined,
    originals: Originals,
    seen: Pick<PlanInput, 'file' | 'engine' | 'process'> & Pick<ProxyInput, 'noProxy'> & TargetInput,
  ): Promise<PlanInput['target']> => {
    const { file, process, attachment, args } = seen;
    if (spec === undefined) return originalTarget(path, file, originals);
    const wanted = wantedKeys({
      spec,
      attachment,
      options,
      present: file.keys,
      owned: new Set(ownedKeys(originals)),
      engine: seen.engine,
      openFiles: process === undefined ? undefined : openFilesOf(proc, process.pid),
      hasSystemd: existsSync(join(root, SYSTEMD)),
      noProxy: seen.noProxy,
    });
    const keys = keysBesideFlags({ path, wanted, present: file.keys, args });
    return wantedTarget(path, file, keys, originals);
  };

  const loadedBy = (
    process: PlanInput['process'],
    file: DaemonJson,
    known: PlanInput['memory'],
  ): PlanInput['loaded'] => {
    if (process === undefined) return undefined;
    if (known.loaded?.process === process.id) read = known.loaded;
    const isOlder = file.changedAt === undefined || file.changedAt <= process.startedAt + START_SLACK_MS;
    if (read?.process !== process.id) read = isOlder ? { process: process.id, keys: file.keys } : undefined;
    return read?.keys;
  };

  /** Why it may not be restarted now; whatever asks for it again and again, containers may end with each. */
  const restartFault = (known: PlanInput['memory']): string | undefined => {
    const now = clock.now();
    const pace = new RepairPace(known.restarts);
    if (known.restarting !== undefined || pace.dueAt(now) <= now) return undefined;
    return `it was restarted ${pace.recent(now)} times in the last 10 minutes: bootlet waits a while`;
  };

  const proxiesOf = async (
    process: PlanInput['process'],
    known: Pick<ProxyInput, 'noProxy' | 'engine'>,
  ): Promise<ProxyNeeds> => {
    const unit = process === undefined ? undefined : unitOf(root, process.pid);
    const dropIn = unit === undefined ? undefined : await unlessMissing(stat(dropInPath(root, unit)));
    return proxyNeeds({
      ...known,
      options,
      unit,
      environment: process === undefined ? [] : environmentOf(proc, process.pid),
      hasDropIn: dropIn !== undefined,
      isStartedSince: process !== undefined && dropIn !== undefined && dropIn.ctimeMs < process.startedAt,
    });
  };

  return hostSetting<Observed | undefined, DockerChange>({
    name: 'docker',
    after: ['kernel', 'bridge', 'boot', LOOPBACK_GUARD, BOOT_GUARD, 'masquerade', 'forward', 'docker-proxies'],
    wokenBy: ['docker'],
    // Nothing tells of a network of the API that is gone.
    get polled() {
      return isPolled;
    },
    observe: freshIfMade<Observed>(async (given, originals, isQuick) => {
      const spec = manage ? given : undefined;
      if (spec === undefined && Object.keys(originals).length === 0) return undefined;
      const isProxied = spec !== undefined && 'proxies' in options;
      const [file, state, known = {}, noProxy] = await Promise.all([
        readDaemonJson(path),
        dockerd.state({ isQuick }),
        memory.load(),
        isProxied ? readHostNetwork(run).then((host) => neverByProxy(spec, host)) : [],
      ]);
      // Where there is none, each look for it is one at every process.
      const process = dockerd.process();
      const service = dockerd.service(process);
      const args = process?.args ?? (await commandOfUnit(root, 'docker.service'))?.slice(1) ?? [];
      const loaded = loadedBy(process, file, known);
      const bridgeName = spec?.bridge.name ?? '';
      const isEntered = Object.hasOwn(originals, NETWORK_ENTRY);
      const attachment = attachmentOf({
        attach,
        bridgeName,
        told: flagsIn(args).get('bridge') ?? file.keys['bridge'],
        isEntered,
        engine: state,
        loaded,
        canRestart: typeof service !== 'string',
      });
      const networkName = networkNameOf(attachment);
      if (spec !== undefined && state !== undefined) {
        refuseForeignNetwork(state, { bridge: bridgeName, name: networkName });
      }
      isPolled = attachment === 'own';
      const needs = isProxied ? await proxiesOf(process, { noProxy, engine: state }) : NO_NEEDS;
      const target = await targetFor(spec, originals, {
        file,
        engine: state,
        process,
        noProxy,
        attachment,
        args,
      });
      if (target.text !== file.text && !file.isWritable) throw readOnly(path);
      const original = fileOriginal(originals, path) ?? { text: file.text, hadFolder: file.hasFolder };
      if (state !== undefined) {
        // What is on the bridge bootlet masquerades, Docker's own network too once it is there.
        const onOthers = [...(attachment === 'own' ? [state.bridge] : []), ...state.userNetworks];
        const networks = onOthers.filter((other) => other !== undefined);
        ofOthers = { containers: state.foreignContainers, networks };
      }
      return {
        path,
        target,
        bridgeFlag: flagsIn(process?.args ?? []).get('bridge'),
        expect: spec === undefined ? undefined : expectedNetwork(spec, { followsMtu, name: networkName }),
        isEntered,
        loopback: loopbackRoutes({
          sysctls,
          originals,
          engine: state,
          links: spec === undefined ? (await readLinks(run)).map(({ name }) => name) : [],
        }),
        original: { text: original.text ?? null, hadFolder: original.hadFolder },
        file,
        engine: state,
        process,
        loaded,
        memory: known,
        service: (spec === undefined ? undefined : restartFault(known)) ?? service,
        restartFor: needs.restartFor,
        advice: [...needs.advice, ...lostWithRules({ keys: target.keys, ...ofOthers })],
      };
    }, planDocker),
    diff: ({ observed }) => (observed === undefined ? [] : [...planDocker(observed), ...observed.advice]),
    apply: ({ step }) => carryOutStep(step),
  });
};
