import { PERIOD_US } from '../../host/cgroups/cgroups.ts';
import type { ContainerConfig, Mount, PortMapping, Resources, SandboxConfig, SecurityConfig } from '../runtime.ts';
import { DEFAULT_NETWORK } from './bridge-network.ts';
import { labelsOf, SANDBOX_CONTAINER } from './identity.ts';

/** Absent keys rather than undefined ones: they leave the choice to the image or the engine. */
type Body = Readonly<Record<string, unknown>>;

const optional = (key: string, value: unknown): Body => (value === undefined ? {} : { [key]: value });

/**
 * The create call's body for a sandbox: the container that holds the pod's namespaces.
 * @param isProtected whether dockerd may give a process an oom score below zero; where not, it is left out
 * @param podNetwork of Docker's, for a pod that is not in the host's
 */
export const sandboxBody = (
  config: SandboxConfig,
  instance: string,
  { isProtected, podNetwork = DEFAULT_NETWORK }: { readonly isProtected: boolean; readonly podNetwork?: string },
): Body => ({
  Image: config.image,
  // Docker refuses a host name in the host's UTS namespace.
  ...(config.network === 'pod' ? { Hostname: config.hostname } : {}),
  ...optional('User', config.security.user),
  Labels: labelsOf(instance, config.pod, SANDBOX_CONTAINER, config.attempt, config.labels),
  Healthcheck: NO_HEALTHCHECK,
  ...(config.network === 'pod' && config.ports.length > 0 ? { ExposedPorts: exposedPorts(config.ports) } : {}),
  HostConfig: {
    ...supervisedByBootlet,
    ...optional('CgroupParent', config.cgroupParent),
    ...securityOptions(config.security),
    ...resourceLimits(config.resources, isProtected),
    ...(config.network === 'host' ? { NetworkMode: 'host', UTSMode: 'host' } : { NetworkMode: podNetwork }),
    ...(config.network === 'pod' && config.ports.length > 0 ? { PortBindings: portBindings(config.ports) } : {}),
    // Docker's default is private, which no container could join.
    IpcMode: config.hostIPC ? 'host' : 'shareable',
    ...(config.hostPID ? { PidMode: 'host' } : {}),
    ...(Object.keys(config.sysctls).length > 0 ? { Sysctls: config.sysctls } : {}),
    // The pause process says nothing; a log file and its copier would be waste.
    LogConfig: { Type: 'none', Config: {} },
  },
});

/** What the body depends on beside the container. */
export interface DockerAbilities {
  /** Whether dockerd may give a process an oom score below zero; where not, it is left out. */
  readonly isProtected: boolean;
  /** Whether a mount says how deep it is read-only. */
  readonly hasReadOnlyDepth: boolean;
}

/** The create call's body for a container of a pod. What Docker forbids beside a joined network (host name, ports) is its sandbox's. */
export const containerBody = (
  config: ContainerConfig,
  instance: string,
  { isProtected, hasReadOnlyDepth }: DockerAbilities,
): Body => ({
  Image: config.image,
  ...optional('Entrypoint', config.command),
  ...optional('Cmd', config.args),
  ...optional('WorkingDir', config.workingDir),
  ...optional('User', config.security.user),
  Env: config.env,
  Tty: config.tty,
  OpenStdin: config.stdin,
  StdinOnce: config.stdinOnce,
  Labels: labelsOf(instance, config.pod, config.container, config.attempt, config.labels),
  Healthcheck: NO_HEALTHCHECK,
  HostConfig: {
    ...supervisedByBootlet,
    ...optional('CgroupParent', config.cgroupParent),
    ...securityOptions(config.security),
    ...resourceLimits(config.resources, isProtected),
    NetworkMode: `container:${config.sandboxId}`,
    IpcMode: `container:${config.sandboxId}`,
    ...(config.pid === 'own' ? {} : { PidMode: config.pid === 'host' ? 'host' : `container:${config.sandboxId}` }),
    // `container:ID` is accepted here and not joined, so only the host's can be shared.
    ...(config.hostNetwork ? { UTSMode: 'host' } : {}),
    Mounts: config.mounts.map((mount) => bindMount(mount, hasReadOnlyDepth)),
    // Set on each container: a daemon.json with another driver would leave nothing to link from /var/log/pods.
    LogConfig: {
      Type: 'json-file',
      Config: { 'max-size': String(config.log.maxSizeBytes), 'max-file': String(config.log.maxFiles) },
    },
  },
});

/** The image's own health check is none of Kubernetes' probes and would run beside them. */
const NO_HEALTHCHECK = { Test: ['NONE'] };

/** Two supervisors would fight, and an init of Docker's would not be the process that the manifest names. */
const supervisedByBootlet = { RestartPolicy: { Name: 'no' }, Init: false };

/**
 * `Mounts` and not `Binds`: a bind creates a missing source as a folder owned by root, a mount of type bind refuses it,
 * and whether it may be made is the volume's decision (hostPath `type`); nor can a colon in a path be misread.
 */
const bindMount = ({ source, target, readOnly, recursiveReadOnly, propagation }: Mount, hasDepth: boolean): Body => {
  const options = {
    // Private is Docker's default but for sources that hold its own data root, where it insists on rslave: left to it.
    ...(propagation === 'private' ? {} : { Propagation: propagation }),
    ...(readOnly && hasDepth ? readOnlyDepth(recursiveReadOnly === true) : {}),
  };
  return {
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: readOnly,
    ...(Object.keys(options).length > 0 ? { BindOptions: options } : {}),
  };
};

/** Docker forces depth only on what is private by name. Unsaid, it is as deep as the kernel can. */
const readOnlyDepth = (isRecursive: boolean): Body =>
  isRecursive ? { Propagation: 'rprivate', ReadOnlyForceRecursive: true } : { ReadOnlyNonRecursive: true };

const securityOptions = (security: SecurityConfig): Body => {
  const options = [
    ...(security.allowPrivilegeEscalation === false ? ['no-new-privileges'] : []),
    ...(security.seccomp === 'unconfined' ? ['seccomp=unconfined'] : []),
    ...(typeof security.seccomp === 'object' ? [`seccomp=${security.seccomp.profile}`] : []),
    ...(security.appArmor === undefined ? [] : [`apparmor=${security.appArmor}`]),
    ...Object.entries(security.seLinux ?? {}).map(([part, value]) => `label=${part}:${value}`),
  ];
  return {
    ...optional('Privileged', security.privileged),
    ...optional('ReadonlyRootfs', security.readOnlyRootFilesystem),
    ...optional('CapAdd', security.addCapabilities),
    ...optional('CapDrop', security.dropCapabilities),
    ...optional('GroupAdd', security.supplementalGroups),
    ...optional('MaskedPaths', security.maskedPaths),
    ...optional('ReadonlyPaths', security.readonlyPaths),
    ...(options.length > 0 ? { SecurityOpt: options } : {}),
  };
};

const resourceLimits = ({ cpuShares, cpuQuota, memoryBytes, oomScoreAdj }: Resources, isProtected: boolean): Body => ({
  ...optional('CpuShares', cpuShares),
  ...(cpuQuota === undefined ? {} : { CpuPeriod: PERIOD_US, CpuQuota: cpuQuota }),
  // Equal limits mean no swap, as the kubelet has it; Docker's default is twice the memory.
  ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
  ...(isProtected || (oomScoreAdj ?? 0) >= 0 ? optional('OomScoreAdj', oomScoreAdj) : {}),
});

const portKey = (port: PortMapping): string => `${port.containerPort}/${port.protocol}`;

const exposedPorts = (ports: readonly PortMapping[]): Body => Object.fromEntries(ports.map((p) => [portKey(p), {}]));

/** One container port may be published on several addresses or host ports. */
const portBindings = (ports: readonly PortMapping[]): Body =>
  Object.fromEntries(
    Object.entries(Object.groupBy(ports, portKey)).map(([key, group]) => [
      key,
      (group ?? []).map((p) => ({ HostIp: p.hostIP, HostPort: String(p.hostPort) })),
    ]),
  );
