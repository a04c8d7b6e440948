import { isDeepStrictEqual } from 'node:util';
import { type Listener, ownerOf, readListeners } from '../../host/listeners.ts';
import type { RunTool } from '../../host/run-tool.ts';
import type { StateFile } from '../../host/state-file.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import { troubleType } from '../../reconcile/engine.ts';
import { type HostPort, hostPortStateType, hostPortsType } from '../../shared-resources.ts';
import type { HostSetting } from '../host-setting.ts';
import { acceptedHostPortsType, NETWORK, networkSpecType, settingStateType, settingTroubleId } from '../resources.ts';
import { isSettled } from '../setting-spec.ts';
import { type Conflict, decide, holdersAmong, type Verdict } from './conflicts.ts';
import { forgetFlows } from './forget-flows.ts';

export interface HostPortsOptions {
  readonly nodeName: string;
  /** Those of the host by which ports are made: they make what is accepted here. */
  readonly settings: readonly Pick<HostSetting, 'name' | 'needsHostPorts'>[];
  /** The ports as they were last made, by this daemon or one before. */
  readonly memory: Pick<StateFile<readonly HostPort[]>, 'load' | 'save'>;
  readonly run: RunTool;
  /** Where procfs is mounted. */
  readonly proc: string;
  readonly clock: Clock;
  readonly pollSeconds: number;
}

/**
 * Decides which ports of the host lead to pods, and tells each pod once they do: before a container of it starts, and
 * until its sandbox is gone. The host settings make them.
 */
export const hostPortsController = (options: HostPortsOptions): Controller => {
  const { nodeName, settings } = options;
  const key = (): readonly string[] => [nodeName];
  const keyOf = (ids: readonly string[]) => (resource: { readonly id: string }) =>
    ids.includes(resource.id) ? key() : [];
  return {
    name: 'network-host-ports',
    inputs: [
      input(hostPortsType),
      input(networkSpecType, key),
      input(settingStateType, keyOf(settings.map(({ name }) => name))),
      input(troubleType, keyOf(settings.map(({ name }) => settingTroubleId(name)))),
    ],
    outputs: [acceptedHostPortsType, hostPortStateType],
    reconcile: (_, context) => reconcile(options, context),
  };
};

const reconcile = async (options: HostPortsOptions, context: Context): Promise<Outcome> => {
  const { nodeName, settings, memory, run, proc, clock, pollSeconds } = options;
  const { store, put } = context;
  const wanted = store.get(hostPortsType, nodeName);
  if (wanted === undefined) return { kind: 'wait', for: 'the container runtime to list its containers' };
  if (store.get(networkSpecType, NETWORK) === undefined)
    return wanted.length === 0 ? done : { kind: 'wait', for: 'the network to be specified' };

  const made = (await memory.load()) ?? [];
  const verdict = judge(proc, wanted, store.get(acceptedHostPortsType, NETWORK) ?? made);
  const { accepted, refused } = verdict;
  put(acceptedHostPortsType, NETWORK, accepted);
  tellRefused(proc, verdict, context);
  const unsettled = settings.find((setting) => !isSettled(setting, store));
  if (unsettled === undefined) {
    await forgetFlows(run, made, accepted);
    // Not before: a daemon that is cut here begins with what the flows may still go by.
    if (!isDeepStrictEqual(made, accepted)) await memory.save(accepted);
    tellSet(verdict, context);
  } else tellFailed(unsettled.name, accepted, context);
  // Nothing tells of a process that gives up a port.
  return refused.size === 0 ? done : { kind: 'requeue', at: clock.now() + pollSeconds * 1000 };
};

/** The sockets of the host are looked at only for a pod that has not its ports yet. */
const judge = (proc: string, wanted: readonly HostPort[], before: readonly HostPort[]): Verdict => {
  const holders = holdersAmong(wanted, before);
  const isNew = wanted.some(({ uid }) => !holders.has(uid));
  return decide({ wanted, holders, listeners: isNew ? readListeners(proc) : [] });
};

const tellRefused = (proc: string, { refused }: Verdict, { put }: Context): void => {
  for (const [uid, conflict] of refused)
    put(hostPortStateType, uid, {
      state: 'refused',
      reason: 'HostPortConflict',
      message: conflictMessage(proc, conflict),
    });
};

/** Those that lead to their pods, and nothing more of pods that are gone. */
const tellSet = ({ accepted, refused }: Verdict, { store, put, remove }: Context): void => {
  const pods = Map.groupBy(accepted, ({ uid }) => uid);
  for (const [uid, ports] of pods) put(hostPortStateType, uid, { state: 'set', ports });
  const isWanted = (uid: string): boolean => pods.has(uid) || refused.has(uid);
  for (const { id } of store.list(hostPortStateType)) if (!isWanted(id)) remove(hostPortStateType, id);
};

/** Why a setting cannot make them. What was set stays told so: the rules of before are there still, as far as is known. */
const tellFailed = (setting: string, accepted: readonly HostPort[], { store, put }: Context): void => {
  const trouble = store.get(troubleType, settingTroubleId(setting));
  if (trouble?.kind !== 'failing') return;
  const unset = accepted.filter(({ uid }) => store.get(hostPortStateType, uid)?.state !== 'set');
  for (const { uid } of unset)
    put(hostPortStateType, uid, { state: 'refused', reason: 'HostPortsFailed', message: trouble.message });
};

const conflictMessage = (proc: string, { port, takenBy }: Conflict): string => {
  const { hostIP, hostPort, protocol } = port;
  const what = `hostPort ${hostIP === '' ? '' : `${hostIP} `}${hostPort}/${protocol}`;
  return `${what} is taken by ${isPod(takenBy) ? `the pod ${takenBy.pod}` : processOf(proc, takenBy)}`;
};

const isPod = (takenBy: Conflict['takenBy']): takenBy is HostPort => 'pod' in takenBy;

const processOf = (proc: string, listener: Listener): string =>
  `${ownerOf(proc, listener) ?? 'a process that is not seen from here'}, which listens on ${listener.address}`;
