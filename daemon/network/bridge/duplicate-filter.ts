import { BootletError } from '../../errors.ts';
import { outputOf, type RunTool } from '../../host/run-tool.ts';
import { type Change, type HostSetting, hostSetting } from '../host-setting.ts';
import type { NetworkSpec } from '../resources.ts';

const CHAIN = 'BOOTLET-DEDUP';
const OBJECT = `ebtables filter ${CHAIN}`;
const JUMP = `-j ${CHAIN}`;

/** Undefined where nothing was looked at, since nothing is wanted or was made. */
interface Observed {
  /** Undefined: there is no such chain. */
  readonly chain: readonly string[] | undefined;
  /** Of the chain OUTPUT, to it. */
  readonly jumps: number;
}

interface FilterChange extends Change {
  /**
   * Each the words of one `ebtables -t filter`, in an order in which none lets bootlet's own packets be dropped. So a part of
   * them does no harm, and is not undone: the next look makes the rest, and the ledger has it.
   */
  readonly commands: readonly string[];
}

/**
 * A bridge in promiscuous mode gets what a container sends to itself twice, and sends the second one on with its own MAC.
 * That is dropped, but for what the bridge itself says (as kubenet's KUBE-DEDUP does).
 */
const rulesOf = ({ bridge, ranges }: NetworkSpec): readonly string[] =>
  ranges.flatMap(({ family, gateway, cidr }) => {
    const source = family === 'ipv4' ? '--ip-src' : '--ip6-src';
    const match = `-p ${family === 'ipv4' ? 'IPv4' : 'IPv6'} -s ${bridge.mac} -o veth+ ${source}`;
    return [`${match} ${gateway} -j ACCEPT`, `${match} ${cidr} -j DROP`];
  });

/** The rules of a listing. The legacy program leaves zeros out of a MAC. */
const rulesIn = (listing: string): readonly string[] =>
  listing
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('-'))
    .map((line) => line.replace(/(?<=-s )[\da-f:]+/, (mac) => mac.replace(/\b[\da-f]\b/g, '0$&')));

const show = (rules: readonly string[] | undefined): string | undefined => rules?.join('\n');

/** Keeps packets from being doubled on a bridge in promiscuous mode. */
export const duplicateFilterSetting = (run: RunTool): HostSetting =>
  hostSetting<Observed | undefined, FilterChange>({
    name: 'duplicate-filter',
    after: ['bridge'],
    wokenBy: ['rules'],
    polled: true,
    async observe(spec, originals) {
      if (spec?.bridge.promiscuous !== true && Object.keys(originals).length === 0) return undefined;
      const list = (chain: string) => run('ebtables', ['-t', 'filter', '-L', chain]);
      const [output, own] = await Promise.all([list('OUTPUT'), list(CHAIN)]);
      if (output.exitCode === 127) {
        // Taken off the host, it leaves nothing that bootlet could take back.
        if (spec?.bridge.promiscuous !== true) return { chain: undefined, jumps: 0 };
        throw new BootletError('E_NETWORK_REFUSED', 'network.bridge.promiscuous needs ebtables, which is not there', {
          hint: 'install ebtables, or set network.bridge.promiscuous to false',
          retryable: false,
        });
      }
      if (output.exitCode !== 0)
        throw new BootletError('E_HOST_COMMAND', `ebtables -L OUTPUT: ${output.stderr.trim()}`);
      return {
        chain: own.exitCode === 0 ? rulesIn(own.stdout) : undefined,
        jumps: rulesIn(output.stdout).filter((rule) => rule === JUMP).length,
      };
    },
    diff({ spec, observed, originals }) {
      if (observed === undefined) return [];
      const { chain, jumps } = observed;
      const before = show(chain && [...chain, ...Array<string>(jumps).fill(`OUTPUT ${JUMP}`)]);
      const without = [
        ...Array<string>(jumps).fill(`-D OUTPUT ${JUMP}`),
        ...(chain ? [`-F ${CHAIN}`, `-X ${CHAIN}`] : []),
      ];
      if (spec?.bridge.promiscuous !== true) {
        if (Object.keys(originals).length === 0) return [];
        return [{ object: OBJECT, before, after: undefined, ledger: { do: 'strike' }, commands: without }];
      }
      const rules = rulesOf(spec);
      const after = show([...rules, `OUTPUT ${JUMP}`]);
      if (before === after) return [];
      const commands = [
        ...(chain === undefined ? [`-N ${CHAIN} -P RETURN`] : [`-F ${CHAIN}`]),
        ...rules.map((rule) => `-A ${CHAIN} ${rule}`),
        ...(jumps === 0 ? [`-A OUTPUT ${JUMP}`] : Array<string>(jumps - 1).fill(`-D OUTPUT ${JUMP}`)),
      ];
      return [{ object: OBJECT, before, after, ledger: { do: 'enter', original: null }, commands }];
    },
    async apply({ commands }) {
      for (const command of commands) await outputOf(run, 'ebtables', ['-t', 'filter', ...command.split(' ')]);
    },
  });
