import type { Link } from '../../host/ip/links.ts';
import type { BridgeChange } from './bridge-change.ts';
import type { ObservedBridge } from './observe.ts';
import type { BridgeTarget } from './target.ts';

/** A container's interface; a host's own on the bridge would send what it gets back to its network. */
const isContainers = ({ kind }: Link): boolean => kind === 'veth';

const HAIRPIN_ON = 'type bridge_slave hairpin on';

/** Containers' interfaces go back to the bridge, which also resets their hairpin, and those that are on it get theirs. */
export const planPorts = (
  { name, hairpin }: BridgeTarget,
  { ports, orphans }: ObservedBridge,
): readonly BridgeChange[] => {
  const object = `ports of ${name}`;
  const ledger = { do: 'nothing' } as const;
  const flat = hairpin ? ports.filter((port) => isContainers(port) && port.hairpin === false) : [];
  const lines = (links: readonly Link[], line: (port: string) => string) => links.map((link) => line(link.name));
  const back: BridgeChange = {
    object,
    before: lines(orphans, (port) => `${port} nomaster`).join('\n'),
    after: lines(orphans, (port) => `${port} master ${name}${hairpin ? ' hairpin on' : ''}`).join('\n'),
    ledger,
    commands: [
      {
        kind: 'ip-batch',
        lines: [
          ...lines(orphans, (port) => `link set ${port} master ${name} up`),
          ...(hairpin ? lines(orphans, (port) => `link set ${port} ${HAIRPIN_ON}`) : []),
        ],
      },
    ],
  };
  const bent: BridgeChange = {
    object,
    before: lines(flat, (port) => `${port} hairpin off`).join('\n'),
    after: lines(flat, (port) => `${port} hairpin on`).join('\n'),
    ledger,
    // Every container that starts brings a port of its own.
    isRoutine: true,
    commands: [{ kind: 'ip-batch', lines: lines(flat, (port) => `link set ${port} ${HAIRPIN_ON}`) }],
  };
  return [...(orphans.length > 0 ? [back] : []), ...(flat.length > 0 ? [bent] : [])];
};
