import type { Json } from '../../host/json-value.ts';
import type { PublishedPorts } from '../../runtime/docker/published-ports.ts';
import type { DockerChange } from './steps.ts';

/** By these Docker leads ports of the host to containers. Where all of them are off, nothing does. */
const LEAD = ['iptables', 'userland-proxy'];

/** Whether published ports end with these keys. */
export const endsPorts = (keys: Readonly<Record<string, Json>>): boolean => LEAD.every((key) => keys[key] === false);

/** What is told of containers whose ports end, or have ended, with Docker's own rules: bootlet makes ports for its pods alone. */
export const lostPorts = (published: readonly PublishedPorts[]): readonly DockerChange[] =>
  published.map(({ container, ports }) => ({
    object: `published ports of container ${container}`,
    before: ports.join('\n'),
    after: undefined,
    ledger: { do: 'nothing' },
    advice: `nothing leads ${ports.join(', ')} to the container ${container} once Docker's iptables and userland-proxy are off: run it in the host's network (docker run --network host), or as a pod with a hostPort`,
    step: { do: 'nothing' },
  }));
