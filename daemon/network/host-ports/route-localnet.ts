import { writeFile } from 'node:fs/promises';
import { readKernelFile } from '../../host/kernel-file.ts';
import { type Change, type HostSetting, hostSetting } from '../host-setting.ts';
import { isOnLoopback } from './addresses.ts';
import type { WantedHostPorts } from './rules-setting.ts';

interface FileChange extends Change {
  /** '': there is nothing to write. */
  readonly value: string;
}

/** @param proc where procfs is mounted */
const fileOf = (proc: string, bridge: string): string => `${proc}/sys/net/ipv4/conf/${bridge}/route_localnet`;

/**
 * Lets what the host sends from 127.0.0.1 out to pods, on their bridge and nowhere else. It would let pods in to what
 * listens on 127.0.0.1 of the host too, but for the loopback guard. Docker without its proxies sets it as well.
 */
export const routeLocalnetSetting = (ports: WantedHostPorts, proc: string): HostSetting =>
  hostSetting<ReadonlyMap<string, string | undefined>, FileChange>({
    name: 'host-ports-loopback',
    after: [],
    wokenBy: ['links'],
    polled: true,
    observe: async (spec, originals) => {
      const wanted = spec === undefined ? [] : [fileOf(proc, spec.bridge.name)];
      const files = new Set([...wanted, ...Object.keys(originals)]);
      return new Map([...files].map((file) => [file, readKernelFile(file)?.trim()]));
    },
    diff: ({ spec, observed, originals }) =>
      [...observed].flatMap(([file, value]): readonly FileChange[] => {
        const isWanted = spec !== undefined && file === fileOf(proc, spec.bridge.name) && ports().some(isOnLoopback);
        const original = originals[file];
        if (isWanted) {
          if (value === undefined || value === '1') return [];
          return [{ object: file, before: value, after: '1', value: '1', ledger: { do: 'enter', original: value } }];
        }
        if (original === undefined) return [];
        // Without the bridge there is nothing to take back.
        const back = value === undefined ? undefined : String(original);
        return [{ object: file, before: value, after: back, value: back ?? '', ledger: { do: 'strike' } }];
      }),
    apply: async ({ object, value }) => {
      if (value !== '') await writeFile(object, value);
    },
  });
