/** The Kubernetes line whose shapes are served and kept to; kubectl and the cluster compare their own with it. */
export const kubernetesLine = { major: '1', minor: '36', patch: '3' } as const;

/** A semantic version of the line, with that of bootlet as its build metadata. */
export const gitVersion = (bootletVersion: string): string => {
  const { major, minor, patch } = kubernetesLine;
  return `v${major}.${minor}.${patch}+bootlet.${bootletVersion}`;
};
