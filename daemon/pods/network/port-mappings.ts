import type { PortMapping } from '../../runtime/runtime.ts';
import type { Pod } from '../v1.ts';

/** The ports of the host that lead to a pod; one in the host's own network has none that would have to be made. */
export const portMappings = ({ spec }: Pod): readonly PortMapping[] =>
  spec.hostNetwork === true
    ? []
    : (spec.containers ?? []).flatMap(({ ports = [] }) =>
        ports.flatMap(({ hostIP = '', hostPort = 0, containerPort, protocol }) =>
          hostPort === 0 ? [] : [{ hostIP, hostPort, containerPort, protocol: protocolOf(protocol) }],
        ),
      );

const protocolOf = (protocol: string | undefined): PortMapping['protocol'] =>
  protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp';
