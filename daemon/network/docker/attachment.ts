import type { Json } from '../../host/json-value.ts';
import { DEFAULT_NETWORK } from '../../runtime/docker/bridge-network.ts';
import type { EngineState } from '../../runtime/docker/engine-state.ts';
import { OWN_NETWORK } from '../../runtime/docker/own-network.ts';

/**
 * How Docker is put on the bridge. `bridge`: its own network is there, by the key of daemon.json. `own`: a network is there
 * that bootlet made by the API. `bip`: its own network is on a bridge of its own, with bootlet's address.
 */
export type Attachment = 'bridge' | 'own' | 'bip';

export interface AttachmentInput {
  /** `network.docker.attach` */
  readonly attach: 'bridge' | 'bip';
  readonly bridgeName: string;
  /** The bridge that dockerd is told, by a flag or in its file. */
  readonly told: Json | undefined;
  /** Whether the ledger has a network of bootlet's. */
  readonly isEntered: boolean;
  /** Undefined: it does not answer. */
  readonly engine: EngineState | undefined;
  /** What dockerd has read; undefined: not known. */
  readonly loaded: Readonly<Record<string, Json>> | undefined;
  readonly canRestart: boolean;
}

/**
 * dockerd makes its own network only as it starts, and only while no container runs, also none in the host's network (moby
 * initNetworkController); a network of the API it makes at any time. So the first is for a host on which nothing runs, and
 * the second ends nothing. Both at once, `bridge` and a network on that bridge, keep dockerd from starting: with the
 * network there, or only perhaps, the file never has the key.
 */
export const attachmentOf = (input: AttachmentInput): Attachment => {
  const { attach, bridgeName, told, isEntered, engine, loaded, canRestart } = input;
  if (attach === 'bip') return 'bip';
  if (engine === undefined) return told === bridgeName && !isEntered ? 'bridge' : 'own';
  if (engine.userNetworks.some(({ isOwn }) => isOwn)) return 'own';
  // Nothing but a start without a container takes it off.
  if (engine.bridge?.bridgeName === bridgeName) return 'bridge';
  if (engine.running > 0) return 'own';
  const needsRestart = loaded?.['iptables'] !== false;
  return canRestart || needsRestart ? 'bridge' : 'own';
};

/** The name of Docker's network that pods are on. */
export const networkNameOf = (attachment: Attachment): string => (attachment === 'own' ? OWN_NETWORK : DEFAULT_NETWORK);
