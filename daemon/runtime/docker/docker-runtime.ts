import { BootletError } from '../../errors.ts';
import { type Clock, systemClock } from '../../reconcile/clock.ts';
import type { ContainerConfig, ContainerRuntime, RuntimeVersion, SandboxConfig } from '../runtime.ts';
import { podNetworkName } from './bridge-network.ts';
import { type Created, DockerContainers } from './containers.ts';
import { containerBody, sandboxBody } from './create-body.ts';
import { DockerEngine, hasReadOnlyDepth } from './engine.ts';
import { changes } from './events.ts';
import { exec } from './exec.ts';
import { openExec } from './exec-session.ts';
import { nameOf, SANDBOX_CONTAINER } from './identity.ts';
import { ImageGroups } from './image-groups.ts';
import { image, images, pull } from './images.ts';
import { cgroupsIn, hasSELinux, kernelHasMountSetattr } from './info.ts';
import { hostProcesses } from './left-behind.ts';
import { loadImages } from './load.ts';
import { logs } from './logs.ts';
import { hostHasSysResource, OomProtection } from './oom-protection.ts';
import { removeImage } from './remove-image.ts';

export interface DockerOptions {
  /** `unix:///var/run/docker.sock` */
  readonly endpoint: string;
  /** Value of the label `io.bootlet.instance`: what carries it is ours, everything else is foreign. */
  readonly instance: string;
  /** Archives of images that bootlet carries itself, by name; loaded when a sandbox needs one that is not there. */
  readonly builtInImages?: ReadonlyMap<string, () => Uint8Array>;
  /** Told of what this host's Docker cannot do and bootlet does without. */
  readonly onWarning?: (message: string) => void;
  readonly clock?: Clock;
}

/** The Docker implementation of the runtime port. Connects with the first call, and again by itself after each loss. */
export const connectDocker = (options: DockerOptions): ContainerRuntime & { close(): Promise<void> } => {
  const { endpoint, instance, builtInImages = new Map(), onWarning = () => {}, clock = systemClock } = options;
  const engine = new DockerEngine(endpoint);
  const containers = new DockerContainers(engine, instance);
  const imageGroups = new ImageGroups(engine, containers, instance, onWarning);
  const oom = new OomProtection(hostHasSysResource, onWarning);

  const createSandbox = async (config: SandboxConfig, isProtected: boolean): Promise<Created> => {
    const name = nameOf(config.pod, SANDBOX_CONTAINER, config.attempt);
    const podNetwork = await podNetworkName(engine, config.bridge);
    const body = sandboxBody(config, instance, { isProtected, podNetwork });
    const created = await containers.create(name, body);
    const archive = builtInImages.get(config.image);
    if (created !== undefined || archive === undefined) return present(created, config.image);
    await loadImages(engine, [archive()]);
    return present(await containers.create(name, body), config.image);
  };

  const withImageGroups = async (config: ContainerConfig): Promise<ContainerConfig> => {
    const { user = '', supplementalGroups = [] } = config.security;
    const [name = '', group] = user.split(':');
    if (group === undefined) return config;
    const groups = [...supplementalGroups, ...(await imageGroups.of(config.image, name))];
    return { ...config, security: { ...config.security, supplementalGroups: groups } };
  };

  return {
    version: () => version(engine),
    cgroups: async () => cgroupsIn(await engine.info()),
    canMountRecursivelyReadOnly: async () =>
      hasReadOnlyDepth(await engine.version()) && kernelHasMountSetattr(await engine.info()),
    dataRoot: () => engine.dataRoot(),
    createSandbox: (config) =>
      oom.createSandbox({
        create: (isProtected) => createSandbox(config, isProtected),
        start: (id) => containers.start(id),
        remove: (id) => containers.remove(id),
      }),
    createContainer: async (config, tell = () => {}) => {
      const needsProtection = (config.resources.oomScoreAdj ?? 0) < 0;
      const isProtected = needsProtection && (await oom.isGranted(() => containers.oomScore(config.sandboxId)));
      const body = containerBody(await withImageGroups(config), instance, {
        isProtected,
        hasReadOnlyDepth: hasReadOnlyDepth(await engine.version()),
      });
      const name = nameOf(config.pod, config.container, config.attempt);
      const { id, warnings } = present(await containers.create(name, body), config.image);
      // That swap is not limited is no part of what a pod can ask for.
      for (const warning of warnings) if (!/swap/i.test(warning)) tell(warning);
      if (config.security.seLinux !== undefined && !hasSELinux(await engine.info()))
        tell('SELinux is not enabled in docker: seLinuxOptions have no effect');
      return id;
    },
    start: (id) => containers.start(id),
    signal: (id, signal) => containers.signal(id, signal),
    remove: (id) => containers.remove(id),
    inspect: (id) => containers.inspect(id),
    list: async () => {
      // Whoever connects begins with a list.
      await imageGroups.removeLeftBehind();
      return containers.list();
    },
    events: (signal) => changes(engine, instance, clock.now(), signal),
    exec: (id, command, timeoutMs) => exec({ engine, clock, processes: hostProcesses }, id, command, timeoutMs),
    openExec: (id, execOptions) => openExec({ engine, clock, processes: hostProcesses }, id, execOptions),
    logs: (id, logOptions) => logs(engine, containers, id, logOptions),
    image: (reference) => image(engine, reference),
    images: () => images(engine),
    removeImage: (reference) => removeImage(engine, reference),
    pull: (reference, auth, onProgress, signal) => pull(engine, reference, auth, onProgress, signal),
    loadImages: (archive, signal) => loadImages(engine, archive, signal),
    close: () => engine.close(),
  };
};

const present = (created: Created | undefined, image: string): Created => {
  if (created !== undefined) return created;
  throw new BootletError('E_NOT_FOUND', `image ${image} is not on this host`);
};

const version = async (engine: DockerEngine): Promise<RuntimeVersion> => {
  const { engine: engineVersion, api } = await engine.version();
  return { name: 'docker', version: engineVersion, apiVersion: api };
};
