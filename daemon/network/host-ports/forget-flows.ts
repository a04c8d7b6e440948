import { isDeepStrictEqual } from 'node:util';
import { outputOf, type RunTool } from '../../host/run-tool.ts';
import type { HostPort } from '../../shared-resources.ts';
import type { Family } from '../resources.ts';
import { isAny, targetIn } from './addresses.ts';

/** What conntrack answers where it found nothing to delete, and where there is no such program. */
const FOUND_NONE = 1;
const NO_PROGRAM = 127;

/**
 * Makes the kernel forget where UDP datagrams to changed ports went so far: a flow keeps its way as long as somebody
 * sends. Without the program `conntrack` that is until the sender was silent for 30 s (net.netfilter.nf_conntrack_udp_timeout).
 * @throws BootletError E_HOST_COMMAND
 */
export const forgetFlows = async (
  run: RunTool,
  before: readonly HostPort[],
  after: readonly HostPort[],
): Promise<void> => {
  const changed = changedPorts(before, after).filter(({ protocol }) => protocol === 'UDP');
  const deletions = new Map(
    changed.flatMap((port) =>
      (['ipv4', 'ipv6'] as const)
        .filter((family) => targetIn(family, port) !== undefined)
        .map((family) => argumentsFor(family, port))
        .map((args): [string, readonly string[]] => [args.join(' '), args]),
    ),
  );
  for (const args of deletions.values()) {
    const { exitCode } = await run('conntrack', args);
    if (exitCode === NO_PROGRAM) return;
    if (exitCode > FOUND_NONE) await outputOf(run, 'conntrack', args);
  }
};

/** Those that come or go. */
export const changedPorts = (before: readonly HostPort[], after: readonly HostPort[]): readonly HostPort[] => [
  ...notIn(before, after),
  ...notIn(after, before),
];

const argumentsFor = (family: Family, { hostIP, hostPort }: HostPort): readonly string[] => [
  ...['--delete', '--family', family, '--proto', 'udp', '--orig-port-dst', String(hostPort)],
  ...(isAny(hostIP) ? [] : ['--orig-dst', hostIP]),
];

const notIn = (ports: readonly HostPort[], others: readonly HostPort[]): readonly HostPort[] =>
  ports.filter((port) => !others.some((other) => isDeepStrictEqual(port, other)));
