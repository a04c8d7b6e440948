import type { Family } from '../host/ip/cidr.ts';
import { sysctlPath } from '../host/sysctls.ts';

/** Without these nothing leaves a pod. */
const FORWARDING: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['net/ipv4/ip_forward', 'net/ipv4/conf/all/forwarding'],
  ipv6: ['net/ipv6/conf/all/forwarding'],
};

/** What is wrong with a sysctl that the configuration sets; goes after its name. @param families of pods' addresses */
export const sysctlFault = (name: string, value: string, families: readonly Family[]): string | undefined => {
  const path = sysctlPath(name);
  const parts = path.split('/');
  const isName = parts.length > 1 && parts.every((p) => /^[-A-Za-z0-9_.@:]+$/.test(p) && !/^\.+$/.test(p));
  if (!isName) return 'is no name of a sysctl such as net.core.somaxconn';
  if (!/^[ -~\t]*[!-~][ -~\t]*$/.test(value)) return 'must have a value of one line of plain text';
  const isNeeded = families.some((family) => FORWARDING[family].includes(path));
  return isNeeded && value.trim() === '0' ? 'must not be 0: nothing would be forwarded to and from pods' : undefined;
};
