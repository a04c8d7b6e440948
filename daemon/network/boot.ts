import { batchOf } from './bridge/plan-bridge.ts';
import { targetOf } from './bridge/target.ts';
import { type Change, type HostSetting, hostSetting } from './host-setting.ts';
import { guardPayload, LOOPBACK_GUARD } from './loopback-guard.ts';
import { PRIVATE, readOwnedFile, removeOwnedFile, writeOwnedFile } from './owned-file.ts';
import type { NetworkSpec } from './resources.ts';

interface BootFile {
  readonly name: string;
  readonly after: readonly string[];
  /** What `bootlet-network.service` reads; of root alone. */
  readonly file: string;
  /** What it shall say; undefined: there is nothing to be made at boot. */
  readonly textFor: (spec: NetworkSpec) => Promise<string | undefined>;
  /** Why nobody would read it before Docker starts at the next boot, and the way out. */
  readonly fault: () => Promise<string | undefined>;
}

interface ObservedFile {
  readonly text: string | undefined;
  readonly wanted: string | undefined;
  readonly fault: string | undefined;
}

/** What only an administrator does. */
const UNIT: Change = {
  object: 'bootlet-network.service',
  before: undefined,
  after: 'enabled',
  ledger: { do: 'nothing' },
};

/** Something that is made at boot, with neither the daemon nor Docker nor an apiserver, written down for it. */
const bootFileSetting = ({ name, after, file, textFor, fault }: BootFile): HostSetting =>
  hostSetting<ObservedFile, Change>({
    name,
    after,
    wokenBy: [],
    // Nothing tells of a unit that was disabled.
    polled: true,
    async observe(spec) {
      const text = (await readOwnedFile(file)).content;
      const wanted = spec === undefined ? undefined : await textFor(spec);
      return { text, wanted, fault: wanted === undefined ? undefined : await fault() };
    },
    diff({ observed: { text, wanted, fault: held }, originals }) {
      const change = { object: file, before: text, after: wanted };
      if (wanted === undefined) return Object.hasOwn(originals, file) ? [{ ...change, ledger: { do: 'strike' } }] : [];
      const written: Change = { ...change, ledger: { do: 'enter', original: null } };
      return [...(text === wanted ? [] : [written]), ...(held === undefined ? [] : [{ ...UNIT, held }])];
    },
    apply: ({ after: text }) =>
      text === undefined ? removeOwnedFile(file, false) : writeOwnedFile(file, text, PRIVATE),
  });

export interface BootOptions {
  /** The lines for `ip -force -batch` that make the bridge. */
  readonly file: string;
  /** Whether Docker makes the bridge itself (`network.docker.attach: bip`), so that there is nothing to make for it. */
  readonly isDockers: boolean;
  /** Why it would not be made before Docker starts at the next boot, and the way out. */
  readonly fault: () => Promise<string | undefined>;
}

/**
 * What makes the bridge at boot. Invariant: Docker is pointed at a bridge only once this is settled, or it would not start
 * after a reboot.
 */
export const bootSetting = ({ file, isDockers, fault }: BootOptions): HostSetting =>
  bootFileSetting({
    name: 'boot',
    after: ['bridge'],
    file,
    textFor: async (spec) => (isDockers ? undefined : `${batchOf(targetOf(spec)).join('\n')}\n`),
    fault,
  });

/** Names the tool of iptables that is in use for a family: `iptables-nft`. */
interface ToolOfFamily {
  of(family: 'ipv4'): Promise<{ readonly tool: string }>;
}

/** The setting after which comes Docker, which sets `route_localnet` as it starts. */
export const BOOT_GUARD = 'boot-guard';

/**
 * What keeps others from the host's 127.0.0.1 from the moment that Docker starts at boot, also where bootlet is gone by
 * then: its first line names the program that takes the others.
 */
export const bootGuardSetting = (file: string, iptables: ToolOfFamily): HostSetting =>
  bootFileSetting({
    name: BOOT_GUARD,
    after: [LOOPBACK_GUARD],
    file,
    textFor: async ({ ranges }) =>
      ranges.some(({ family }) => family === 'ipv4')
        ? `# ${(await iptables.of('ipv4')).tool}-restore\n${guardPayload}`
        : undefined,
    fault: async () => undefined,
  });
