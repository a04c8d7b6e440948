import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { BootletError, messageOf } from '../../errors.ts';
import type { HostFacts } from '../../host/facts/facts.ts';
import { retryDelay } from '../../reconcile/backoff.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { refusalOf } from '../apiserver/refusal.ts';
import { readLease } from '../lease/lease.ts';
import { initialNode, type NodeConfig, ownLabels } from '../object/initial-node.ts';
import type { StatusInputs } from '../object/status.ts';
import { lackOfTaints } from '../object/taints.ts';
import { whoseNode } from '../object/whose-node.ts';
import { clusterNodeType, type Registration, registrationType, sessionType } from '../resources.ts';
import { decodeNode } from './node-watch.ts';
import { NODES, nodePath, STRATEGIC_MERGE } from './paths.ts';

/** The kubelet's (registerWithAPIServer). */
const RETRY = { base: 100, cap: 7000 };
/** What the apiserver refuses for what it is will be refused again until somebody changes something. */
const HOPELESS = { base: 60_000, cap: 60_000 };
/** The watch tells of a new Node at once, unless it is just broken. */
const UNSEEN_MS = 7000;
/** Another machine's Node may have lost its owner meanwhile. */
const LOOK_AGAIN_MS = 30_000;

export interface RegistrationOptions {
  readonly config: NodeConfig;
  /** False: the cluster is only read. */
  readonly register: boolean;
  readonly facts: HostFacts;
  readonly apiserver: Apiserver;
  readonly statusInputs: (store: Reader) => StatusInputs;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: EventRing;
}

/**
 * Makes the Node of this host, and makes it again when somebody deletes it, which a kubelet never does
 * (kubernetes#71398). One that is there is taken over unless it is another machine's.
 */
export const registrationController = (options: RegistrationOptions): Controller => {
  const { config, facts, apiserver, clock, random, events } = options;
  const { nodeName } = config;
  const identity = { ...facts, nodeName };
  let failures = 0;
  /** The Node, and the connection, for which the labels were put right. */
  let labelled = '';
  /** Until the watch has told of the Node that was just made, or could have. */
  let unseenUntil = 0;

  const waiting = (reason: string, message: string): Registration => ({
    state: 'waiting',
    reason,
    message,
    advice: '',
  });

  const make = async ({ store, put }: Context): Promise<Outcome> => {
    const now = clock.now();
    if (now < unseenUntil && unseenUntil - now <= UNSEEN_MS) return { kind: 'requeue', at: unseenUntil };
    put(registrationType, nodeName, waiting('NodeAbsent', `the cluster has no Node ${nodeName}; it is being made`));
    const body = initialNode(config, options.statusInputs(store), now);
    const answer = await apiserver.call({ method: 'POST', path: NODES, body, expect: [409] });
    // Somebody was faster: the watch is about to tell what there is now.
    if (answer.status === 409) return { kind: 'wait', for: 'the Node to be seen', at: now + UNSEEN_MS };
    const made = decodeNode(answer.body);
    const subject = { kind: 'Node', name: nodeName };
    events.report({ type: 'Normal', reason: 'NodeRegistered', message: `Node ${nodeName} was made`, subject });
    put(registrationType, nodeName, { state: 'registered', uid: uidOf(made) });
    unseenUntil = clock.now() + UNSEEN_MS;
    return { kind: 'requeue', at: unseenUntil };
  };

  /** Whose it is: asks for its lease only where the Node itself makes a doubt. */
  const ownerOf = async (node: Node) => {
    const first = whoseNode(node, undefined, identity, clock.now());
    if (first.state !== 'other-alive' && first.state !== 'other-expired') return first;
    return whoseNode(node, await readLease(apiserver, nodeName, [403]), identity, clock.now());
  };

  const adopt = async (node: Node, generation: number, { put, store }: Context): Promise<Outcome> => {
    unseenUntil = 0;
    const uid = uidOf(node);
    const registered = store.get(registrationType, nodeName);
    if (registered?.state !== 'registered' || registered.uid !== uid) {
      const owner = await ownerOf(node);
      if (owner.state === 'other-alive' || owner.state === 'other-expired') {
        const { message, advice } = owner;
        put(registrationType, nodeName, { state: 'refused', reason: 'NodeOfAnotherMachine', message, advice });
        return { kind: 'wait', for: `the name ${nodeName}: ${message}`, at: clock.now() + LOOK_AGAIN_MS };
      }
      if (owner.state === 'clone') {
        const subject = { kind: 'Node', name: nodeName };
        events.report({ type: 'Warning', reason: 'NodeCloned', message: owner.message, subject });
      }
      put(registrationType, nodeName, { state: 'registered', uid });
      noteTaints(node);
    }
    const mark = `${uid}/${generation}`;
    if (labelled === mark) return done;
    await putLabelsRight(node);
    labelled = mark;
    return done;
  };

  const noteTaints = (node: Node): void => {
    const lack = lackOfTaints(node);
    if (lack === undefined) return;
    const message = `${lack.message}; ${lack.command}`;
    events.report({ type: 'Warning', reason: 'NodeTaintMissing', message, subject: { kind: 'Node', name: nodeName } });
  };

  const putLabelsRight = async (node: Node): Promise<void> => {
    const labels = Object.entries(ownLabels(config, facts.architecture)).filter(
      ([key, value]) => node.metadata?.labels?.[key] !== value,
    );
    if (labels.length === 0) return;
    await apiserver.call({
      method: 'PATCH',
      path: `${nodePath(nodeName)}/status`,
      contentType: STRATEGIC_MERGE,
      body: { metadata: { labels: Object.fromEntries(labels) } },
      expect: [404],
    });
  };

  return {
    name: 'registration',
    inputs: [input(clusterNodeType), input(sessionType)],
    outputs: [registrationType],
    async reconcile(_, context): Promise<Outcome> {
      const { store, put } = context;
      const session = store.get(sessionType, nodeName);
      const cluster = store.get(clusterNodeType, nodeName);
      if (session === undefined) return done;
      if (cluster === undefined) return { kind: 'wait', for: `Node ${nodeName} to be looked at in the cluster` };
      if (!options.register) {
        const message = 'cluster.register is false: the cluster is only read';
        put(registrationType, nodeName, waiting('OnlyReading', message));
        return done;
      }
      try {
        const outcome = await (cluster.state === 'absent'
          ? make(context)
          : adopt(cluster.node, session.generation, context));
        failures = 0;
        return outcome;
      } catch (error) {
        failures++;
        const refusal = refusalOf(error);
        if (refusal !== undefined && cluster.state === 'absent') {
          const reason = refusal.reason || `HTTP${refusal.status}`;
          const advice = (error instanceof BootletError && error.hint) || '';
          put(registrationType, nodeName, { state: 'refused', reason, message: messageOf(error), advice });
        }
        const now = clock.now();
        const pace = error instanceof BootletError && !error.retryable ? HOPELESS : RETRY;
        return { kind: 'failed', error, at: now + retryDelay(error, failures, pace, random(), now) };
      }
    },
  };
};

const uidOf = (node: Node): string => node.metadata?.uid ?? '';
