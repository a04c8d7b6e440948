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

export const hasSELinux = (info: Fields): boolean =>
  stringsIn(info, 'SecurityOptions').some((option) => /^name=selinux(,|$)/.test(option));
