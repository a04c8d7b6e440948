import type { ContainerConfig, SandboxConfig } from '../../daemon/runtime/runtime.ts';

export const LAB_IMAGE = 'lab/busybox:1';

/** A pod name that no other test uses, so that tests can share an engine. */
export const podNamed = (name: string) => ({ namespace: 'default', name, uid: `uid-${name}` });

/** A sandbox in the host's network. Its image has no command of its own that lasts, so a container stands in for pause where none is built in. */
export const sandboxConfig = (name: string, image: string, change: Partial<SandboxConfig> = {}): SandboxConfig => ({
  pod: podNamed(name),
  attempt: 0,
  image,
  hostname: name,
  network: 'host',
  hostPID: false,
  hostIPC: false,
  ports: [],
  sysctls: {},
  labels: {},
  security: {},
  resources: {},
  ...change,
});

/** A container that runs a script in busybox's shell. */
export const containerConfig = (
  name: string,
  sandboxId: string,
  script: string,
  change: Partial<ContainerConfig> = {},
): ContainerConfig => ({
  pod: podNamed(name),
  sandboxId,
  container: 'main',
  attempt: 0,
  image: LAB_IMAGE,
  command: ['/bin/sh', '-c', script],
  env: [],
  mounts: [],
  pid: 'own',
  hostNetwork: true,
  tty: false,
  stdin: false,
  stdinOnce: false,
  labels: {},
  security: {},
  resources: {},
  log: { maxSizeBytes: 1024 * 1024, maxFiles: 2 },
  ...change,
});
