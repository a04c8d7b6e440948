import { sysctlName } from '../../host/sysctls.ts';
import type { KernelChange } from './kernel-change.ts';
import { CONNTRACK_MAX, rpFilterOf, type SeenKernel } from './observe-kernel.ts';

/** The smallest that kube-proxy sets (--conntrack-min). */
const ENOUGH_CONNECTIONS = 131_072;
const STRICT = '1';
const LOOSE = '2';

const advised = (path: string, before: string, after: string, why: string): KernelChange => ({
  object: `sysctl ${sysctlName(path)}`,
  before,
  after,
  ledger: { do: 'nothing' },
  advice: `${sysctlName(path)} is ${before}: ${why}; ${after} would do`,
  step: { do: 'nothing' },
});

/** What is somebody else's to decide: how strictly sources are checked, and how many connections there may be. */
export const kernelAdvice = ({ devices, limits }: SeenKernel): readonly KernelChange[] => {
  const most = limits.get(CONNTRACK_MAX);
  const conntrack =
    most === undefined || Number(most) >= ENOUGH_CONNECTIONS
      ? []
      : [advised(CONNTRACK_MAX, most, String(ENOUGH_CONNECTIONS), 'more connections at once are dropped')];
  // With one way out every answer comes back by it.
  const uplinks = devices.ipv4.length > 1 ? devices.ipv4 : [];
  const rpFilter = uplinks.flatMap((device) => {
    // The kernel takes the larger of the two (ip-sysctl.rst).
    const effective = [rpFilterOf('all'), rpFilterOf(device)]
      .map((path) => limits.get(path) ?? '0')
      .toSorted()
      .at(-1);
    if (effective !== STRICT) return [];
    return [advised(rpFilterOf(device), STRICT, LOOSE, 'an answer that comes by another interface is dropped')];
  });
  return [...conntrack, ...rpFilter];
};
