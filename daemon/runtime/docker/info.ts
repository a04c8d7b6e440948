import type { RuntimeCgroups } from '../runtime.ts';
import { type Fields, stringsIn, textOf } from './json.ts';

/** How dockerd handles cgroups, by its `GET /info`. */
export const cgroupsIn = (info: Fields): RuntimeCgroups => {
  const driver = textOf(info, 'CgroupDriver');
  return {
    driver: driver === 'systemd' || driver === 'cgroupfs' ? driver : 'none',
    version: textOf(info, 'CgroupVersion') === '2' ? 2 : 1,
  };
};

/** mount_setattr(2), which makes mounts read-only all the way down, is in Linux since 5.12. */
export const kernelHasMountSetattr = (info: Fields): boolean => {
  const [major = 0, minor = 0] = (textOf(info, 'KernelVersion') ?? '')
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return major > 5 || (major === 5 && minor >= 12);
};

export const hasSELinux = (info: Fields): boolean =>
  stringsIn(info, 'SecurityOptions').some((option) => /^name=selinux(,|$)/.test(option));
