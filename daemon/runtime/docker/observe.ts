import type { ObservedContainer } from '../runtime.ts';
import { INSTANCE_LABEL, isOfPod, LABELS, SANDBOX_CONTAINER } from './identity.ts';
import { fieldsOf, numberIn, objectIn, stringIn, stringMapIn, textOf } from './json.ts';

/** Docker's states; `removing` and `dead` are stages of a removal, which only what has ended can enter. */
const STATES: Readonly<Record<string, ObservedContainer['state']>> = {
  created: 'created',
  running: 'running',
  paused: 'running',
  restarting: 'running',
  exited: 'exited',
  removing: 'exited',
  dead: 'exited',
};

/**
 * What `GET /containers/ID/json` says; undefined when the container is of no pod of this instance.
 * @throws BootletError E_INTERNAL when the answer has another shape than API 1.41 to the newest give it
 */
export const observedFrom = (answer: unknown, instance: string): ObservedContainer | undefined => {
  const inspect = fieldsOf(answer, 'a container');
  const config = objectIn(inspect, 'Config');
  const labels = stringMapIn(config, 'Labels');
  if (labels[INSTANCE_LABEL] !== instance || !isOfPod(labels)) return undefined;
  const state = objectIn(inspect, 'State');
  return {
    id: stringIn(inspect, 'Id'),
    ...identityFrom(labels),
    state: STATES[stringIn(state, 'Status')] ?? 'unknown',
    pid: numberIn(state, 'Pid'),
    createdAt: timeFrom(stringIn(inspect, 'Created')),
    startedAt: timeFrom(stringIn(state, 'StartedAt')),
    finishedAt: timeFrom(stringIn(state, 'FinishedAt')),
    exitCode: numberIn(state, 'ExitCode'),
    oomKilled: state['OOMKilled'] === true,
    error: stringIn(state, 'Error'),
    image: stringIn(config, 'Image'),
    imageId: stringIn(inspect, 'Image'),
    stopSignal: signalName(textOf(config, 'StopSignal') ?? ''),
    ips: addressesFrom(objectIn(inspect, 'NetworkSettings')),
    logPath: textOf(inspect, 'LogPath') ?? '',
    writableLayer: textOf(objectIn(objectIn(inspect, 'GraphDriver'), 'Data'), 'UpperDir') ?? '',
    labels,
  };
};

/**
 * What an entry of `GET /containers/json` says of a container that cannot be inspected: whose it is, so that none is
 * made beside it.
 * @param why in the runtime's words
 */
export const unreadFrom = (answer: unknown, why: string): ObservedContainer => {
  const entry = fieldsOf(answer, 'a listed container');
  const labels = stringMapIn(entry, 'Labels');
  return {
    id: stringIn(entry, 'Id'),
    ...identityFrom(labels),
    state: 'unknown',
    pid: 0,
    createdAt: numberIn(entry, 'Created') * 1000,
    startedAt: 0,
    finishedAt: 0,
    exitCode: 0,
    oomKilled: false,
    error: why,
    image: stringIn(entry, 'Image'),
    imageId: stringIn(entry, 'ImageID'),
    stopSignal: signalName(''),
    ips: [],
    logPath: '',
    writableLayer: '',
    labels,
  };
};

const identityFrom = (
  labels: Readonly<Record<string, string>>,
): Pick<ObservedContainer, 'kind' | 'pod' | 'container' | 'attempt'> => {
  const container = labels[LABELS.container] ?? '';
  const isSandbox = container === SANDBOX_CONTAINER;
  return {
    kind: isSandbox ? 'sandbox' : 'container',
    pod: {
      namespace: labels[LABELS.podNamespace] ?? '',
      name: labels[LABELS.podName] ?? '',
      uid: labels[LABELS.podUid] ?? '',
    },
    container: isSandbox ? '' : container,
    attempt: Number(labels[LABELS.attempt] ?? 0),
  };
};

/** RFC 3339 to ms since the epoch; Docker's "never" is the year 1. */
const timeFrom = (text: string): number => Math.max(0, Date.parse(text) || 0);

/** An image may say `SIGQUIT`, `quit` or `3`; Docker takes each, and only a name is brought into one form. */
const signalName = (text: string): string => {
  if (text === '') return 'SIGTERM';
  const name = text.toUpperCase();
  return /^\d+$/.test(name) || name.startsWith('SIG') ? name : `SIG${name}`;
};

/** From `Networks` only: the single addresses beside it are gone from API 1.52. */
const addressesFrom = (settings: ReturnType<typeof objectIn>): readonly string[] => {
  const networks = objectIn(settings, 'Networks');
  return Object.keys(networks)
    .map((name) => objectIn(networks, name))
    .flatMap((network) => [textOf(network, 'IPAddress') ?? '', textOf(network, 'GlobalIPv6Address') ?? ''])
    .filter((address) => address !== '');
};
