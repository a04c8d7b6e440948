/** The Kubernetes line whose shapes are served; kubectl compares its own with it. */
const KUBERNETES = { major: '1', minor: '36', patch: '3' };

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64' };

/** version.Info of k8s.io/apimachinery; bootlet's version is the build metadata of gitVersion. */
export const versionInfo = (version: string): Readonly<Record<string, string>> => ({
  major: KUBERNETES.major,
  minor: KUBERNETES.minor,
  gitVersion: `v${KUBERNETES.major}.${KUBERNETES.minor}.${KUBERNETES.patch}+bootlet-${version}`,
  platform: `linux/${GO_ARCHITECTURES[process.arch] ?? process.arch}`,
  compiler: `node-${process.version}`,
});
