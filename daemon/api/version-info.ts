import { gitVersion, kubernetesLine } from '../kubernetes/version.ts';
import { goArchitecture } from '../kubernetes/well-known-labels.ts';

/** version.Info of k8s.io/apimachinery. */
export const versionInfo = (version: string): Readonly<Record<string, string>> => ({
  major: kubernetesLine.major,
  minor: kubernetesLine.minor,
  gitVersion: gitVersion(version),
  platform: `linux/${goArchitecture(process.arch)}`,
  compiler: `node-${process.version}`,
});
