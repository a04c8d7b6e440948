const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm', ia32: '386' };

/** An architecture of Node (x64, arm64) as Go calls it, and with it Kubernetes. */
export const goArchitecture = (architecture: string): string => goArchitectures[architecture] ?? architecture;

/**
 * What every node is labelled with (pkg/kubelet/kubelet_node_status.go initialNode).
 * @param architecture as Node has it: x64, arm64
 */
export const wellKnownLabels = (nodeName: string, architecture: string): Readonly<Record<string, string>> => {
  const arch = goArchitecture(architecture);
  return {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': arch,
  };
};
