import { existsSync, readFileSync } from 'node:fs';

/** What a case may ask of the machine, by its name in `requires`; cluster DNS and shared mounts the lab itself provides. */
const met: Readonly<Record<string, () => boolean>> = {
  'cgroup-v1': () => !existsSync('/sys/fs/cgroup/cgroup.controllers'),
  'cluster-dns': () => true,
  'host-resolv-conf-without-search-and-options': () =>
    !/^\s*(search|domain|options)\b/m.test(readFileSync('/etc/resolv.conf', 'utf8')),
  'shared-mounts': () => true,
};

/** The requirements that this machine does not meet, each with why it counts as unmet where that is not plain. */
export const unmet = (requires: readonly string[] = []): string[] =>
  requires.flatMap((name) => {
    const isMet = met[name];
    if (isMet === undefined) return [`${name} (UNKNOWN to test/conformance/pods/requirements.ts)`];
    return isMet() ? [] : [name];
  });
