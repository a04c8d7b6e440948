import { BootletError } from '../errors.ts';

/** One line of /proc/PID/mountinfo (proc(5)). */
export interface MountEntry {
  /** The same number as `mnt_id` in /proc/PID/fdinfo. */
  readonly id: number;
  /** Where it is mounted. */
  readonly point: string;
  /** Which folder of its file system it shows. */
  readonly root: string;
  readonly type: string;
  readonly source: string;
  /** Of the file system: `rw,lowerdir=…,upperdir=…` of an overlay. */
  readonly options: string;
}

/** Blank, tab, newline and backslash are written in octal. */
const decodeOctal = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** In the order in which they were mounted: of two at one point the later is on top. A line that is cut short is left out. */
export const parseMountinfo = (text: string): readonly MountEntry[] =>
  text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const [id, root, point, type, source] = [fields[0], fields[3], fields[4], fields[dash + 1], fields[dash + 2]];
    if (dash < 0 || root === undefined || point === undefined || type === undefined || source === undefined) return [];
    const [options = ''] = fields.slice(dash + 3);
    return [
      {
        id: Number(id),
        root: decodeOctal(root),
        point: decodeOctal(point),
        type,
        source: decodeOctal(source),
        options: decodeOctal(options),
      },
    ];
  });

/** The folder in which a process's root keeps what is written to it, by its mountinfo; undefined where that is no overlay. */
export const upperFolderIn = (mountinfo: string): string | undefined => {
  const root = parseMountinfo(mountinfo).findLast(({ point }) => point === '/');
  return root?.type === 'overlay' ? /(?:^|,)upperdir=([^,]+)/.exec(root.options)?.[1] : undefined;
};

/** The mount that an open file lies on, of its /proc/PID/fdinfo (proc(5)). @throws BootletError E_VOLUME when it is not told */
export const mountIdIn = (fdinfo: string): number => {
  const id = /^mnt_id:\s*(\d+)$/m.exec(fdinfo)?.[1];
  if (id === undefined) throw new BootletError('E_VOLUME', 'the kernel does not tell which mount an open file lies on');
  return Number(id);
};

/** Whether a path is this folder or lies in it. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
