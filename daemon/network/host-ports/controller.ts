import { messageOf } from '../../errors.ts';
import type { Iptables } from '../../host/iptables/iptables.ts';
import { type Listener, ownerOf, readListeners } from '../../host/listeners.ts';
import type { RunTool } from '../../host/run-tool.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventInput } from '../../reconcile/events.ts';
import type { Reader } from '../../reconcile/store.ts';
import { type HostPort, type HostPortState, hostPortStateType, hostPortsType } from '../../shared-resources.ts';
import { type CarryOutOptions, carryOut } from '../carry-out.ts';
import type { HostSetting } from '../host-setting.ts';
import { RepairPace } from '../repair-pace.ts';
import { acceptedHostPortsType, NETWORK, type NetworkSpec, networkEventType, networkSpecType } from '../resources.ts';
import { type Conflict, decide, holdersAmong, type Verdict } from './conflicts.ts';
import { changedPorts, forgetFlows } from './forget-flows.ts';
import { portsInPlace } from './in-place.ts';

export interface HostPortsOptions extends CarryOutOptions {
  readonly nodeName: string;
  /** See settings.ts. They make what is accepted here. */
  readonly settings: readonly HostSetting[];
  readonly iptables: Iptables;
  readonly run: RunTool;
  /** Where procfs is mounted. */
  readonly proc: string;
  readonly clock: Clock;
  readonly pollSeconds: number;
  readonly events: { report(event: EventInput): unknown };
}

/**
 * Leads ports of the host to pods: before a container of the pod starts, and until its sandbox is gone. On its own, so
 * that it never waits behind another setting: a restart of Docker, say.
 */
export const hostPortsController = (options: HostPortsOptions): Controller => {
  const { nodeName } = options;
  const pace = new RepairPace();
  return {
    name: 'network-host-ports',
    inputs: [
      input(hostPortsType),
      input(networkSpecType, () => [nodeName]),
      input(networkEventType, ({ id }) => (id === 'rules' || id === 'links' ? [nodeName] : [])),
    ],
    outputs: [acceptedHostPortsType, hostPortStateType],
    reconcile: (_, context) => reconcile(options, pace, context),
  };
};

const reconcile = async (options: HostPortsOptions, pace: RepairPace, context: Context): Promise<Outcome> => {
  const { nodeName, clock, pollSeconds, run, iptables } = options;
  const { store, put, remove } = context;
  const wanted = store.get(hostPortsType, nodeName);
  const spec = store.get(networkSpecType, NETWORK);
  if (wanted === undefined) return { kind: 'wait', for: 'the container runtime to list its containers' };
  if (spec === undefined) return wanted.length === 0 ? done : { kind: 'wait', for: 'the network to be specified' };

  const isFirst = store.get(acceptedHostPortsType, NETWORK) === undefined;
  const inPlace = isFirst ? await portsInPlace(wanted, spec, iptables) : { ports: portsMade(store), ended: [] };
  const before = inPlace.ports;
  const verdict = judge(options.proc, wanted, before);
  const { accepted } = verdict;
  const isDrift = changedPorts(before, accepted).length === 0;
  put(acceptedHostPortsType, NETWORK, accepted);
  try {
    const dueAt = await makeTrue(options, spec, isDrift && !isFirst ? pace : undefined);
    if (dueAt !== undefined) return { kind: 'requeue', at: dueAt };
    await forgetFlows(run, [...before, ...inPlace.ended], accepted);
  } catch (error) {
    if (isFirst) remove(acceptedHostPortsType, NETWORK);
    // What was set stays told so: the rules of before are there still, as far as is known.
    const unset = accepted.filter(({ uid }) => store.get(hostPortStateType, uid)?.state !== 'set');
    for (const { uid } of unset)
      put(hostPortStateType, uid, { state: 'refused', reason: 'HostPortsFailed', message: messageOf(error) });
    throw error;
  }
  publish(options.proc, verdict, context);
  if (wanted.length === 0) return done;
  return { kind: 'requeue', at: clock.now() + pollSeconds * 1000 };
};

const portsMade = (store: Reader): readonly HostPort[] =>
  store.list(hostPortStateType).flatMap(({ value }) => (value.state === 'set' ? value.ports : []));

/** The sockets of the host are looked at only for a pod that has not its ports yet. */
const judge = (proc: string, wanted: readonly HostPort[], before: readonly HostPort[]): Verdict => {
  const holders = holdersAmong(wanted, before);
  const isNew = wanted.some(({ uid }) => !holders.has(uid));
  return decide({ wanted, holders, listeners: isNew ? readListeners(proc) : [] });
};

/**
 * Makes the rules as accepted.
 * @param pace of repairs; undefined: they are no repair
 * @returns when to try again, where they are undone faster than they are to be repaired
 */
const makeTrue = async (
  options: HostPortsOptions,
  spec: NetworkSpec,
  pace: RepairPace | undefined,
): Promise<number | undefined> => {
  const { settings, ledger, clock } = options;
  for (const setting of settings) {
    const planned = await setting.plan(spec, ledger.of(setting.name));
    if (planned.length === 0) continue;
    const now = clock.now();
    if (pace !== undefined && pace.dueAt(now) > now) {
      if (pace.tells())
        report(options, 'NetworkSettingFought', `${setting.name}: put right, and undone again and again`);
      return pace.dueAt(now);
    }
    pace?.repaired(now);
    await carryOut(setting, planned, options);
    if (pace !== undefined)
      report(options, 'NetworkDriftRepaired', planned.map(({ change }) => change.object).join(', '));
  }
  return undefined;
};

const report = ({ events, nodeName }: HostPortsOptions, reason: string, message: string): void =>
  void events.report({ type: 'Warning', reason, message, subject: { kind: 'Node', name: nodeName } });

const publish = (proc: string, { accepted, refused }: Verdict, { store, put, remove }: Context): void => {
  const states = new Map<string, HostPortState>();
  for (const [uid, ports] of Map.groupBy(accepted, (port) => port.uid)) states.set(uid, { state: 'set', ports });
  for (const [uid, conflict] of refused)
    states.set(uid, { state: 'refused', reason: 'HostPortConflict', message: conflictMessage(proc, conflict) });
  for (const { id } of store.list(hostPortStateType)) if (!states.has(id)) remove(hostPortStateType, id);
  for (const [uid, state] of states) put(hostPortStateType, uid, state);
};

const conflictMessage = (proc: string, { port, takenBy }: Conflict): string => {
  const { hostIP, hostPort, protocol } = port;
  const what = `hostPort ${hostIP === '' ? '' : `${hostIP} `}${hostPort}/${protocol}`;
  return `${what} is taken by ${isPod(takenBy) ? `the pod ${takenBy.pod}` : processOf(proc, takenBy)}`;
};

const isPod = (takenBy: Conflict['takenBy']): takenBy is HostPort => 'pod' in takenBy;

const processOf = (proc: string, listener: Listener): string =>
  `${ownerOf(proc, listener) ?? 'a process that is not seen from here'}, which listens on ${listener.address}`;
