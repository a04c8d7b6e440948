import { batchOf } from './bridge/plan-bridge.ts';
import { targetOf } from './bridge/target.ts';
import { type Change, type HostSetting, hostSetting } from './host-setting.ts';
import { PRIVATE, readOwnedFile, removeOwnedFile, writeOwnedFile } from './owned-file.ts';

export interface BootOptions {
  /** The lines for `ip -force -batch` that make the bridge; of root alone. */
  readonly file: string;
  /** Whether Docker makes the bridge itself (`network.docker.attach: bip`), so that there is nothing to make for it. */
  readonly isDockers: boolean;
  /** Why it would not be made before Docker starts at the next boot, and the way out. */
  readonly fault: () => Promise<string | undefined>;
}

interface ObservedBoot {
  readonly text: string | undefined;
  readonly fault: string | undefined;
}

/** What only an administrator does. */
const UNIT: Change = {
  object: 'bootlet-network.service',
  before: undefined,
  after: 'enabled',
  ledger: { do: 'nothing' },
};

/**
 * What makes the bridge at boot, with neither the daemon nor Docker nor an apiserver. Invariant: Docker is pointed at a
 * bridge only once this is settled, or it would not start after a reboot.
 */
export const bootSetting = ({ file, isDockers, fault }: BootOptions): HostSetting =>
  hostSetting<ObservedBoot, Change>({
    name: 'boot',
    after: ['bridge'],
    wokenBy: [],
    // Nothing tells of a unit that was disabled.
    polled: true,
    observe: async (spec) => ({
      text: (await readOwnedFile(file)).content,
      fault: spec === undefined || isDockers ? undefined : await fault(),
    }),
    diff({ spec, observed: { text, fault: held }, originals }) {
      const after = spec === undefined || isDockers ? undefined : `${batchOf(targetOf(spec)).join('\n')}\n`;
      const change = { object: file, before: text, after };
      if (after === undefined) return Object.hasOwn(originals, file) ? [{ ...change, ledger: { do: 'strike' } }] : [];
      const written: Change = { ...change, ledger: { do: 'enter', original: null } };
      return [...(text === after ? [] : [written]), ...(held === undefined ? [] : [{ ...UNIT, held }])];
    },
    apply: ({ after }) => (after === undefined ? removeOwnedFile(file, false) : writeOwnedFile(file, after, PRIVATE)),
  });
