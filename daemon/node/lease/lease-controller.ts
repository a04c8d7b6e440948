import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import { BootletError } from '../../errors.ts';
import { jitteredDelay } from '../../reconcile/backoff.ts';
import { type Clock, sleep } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { CounterTally } from '../../reconcile/tally.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { clusterNodeType, leaseStateType, registrationType, sessionType } from '../resources.ts';
import { decodeLease, LEASES, leasePath, RENEW_MS, type Renewal, readLease, renewedAt, renewedLease } from './lease.ts';

/** As client-go's, so that the leases of many nodes drift apart. */
const JITTER = 0.04;
/** What takes longer comes too late for this renewal. */
const TIMEOUT_MS = 10_000;
const MOST_TRIES = 5;
/** Between two of them. */
const PAUSE = { base: 100, cap: 1000 };
/** Attempts that may have come through although no answer did, while no server answers for a long time. */
const MOST_TIMES = 500;
/** A rival that was not seen for so long is gone. */
const RIVAL_MS = 5 * 60_000;

export interface LeaseOptions {
  readonly nodeName: string;
  readonly bootID: string;
  readonly apiserver: Apiserver;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: EventRing;
  readonly failures: CounterTally;
  /** Aborted when the daemon stops. */
  readonly stopping: AbortSignal;
}

/**
 * Renews the lease by which the cluster knows that this host is alive (component-helpers apimachinery/lease), and holds it
 * back while there is no Node, which a kubelet does not (kubernetes#116485). Whoever else renews it is a clone of this host.
 */
export const leaseController = (options: LeaseOptions): Controller => {
  const { nodeName, bootID, apiserver, clock, random, events, stopping } = options;
  /** As it was last written or read. */
  let latest: Lease | undefined;
  /** When it was renewed by this process, as far as that can still be what the cluster has: an answer may have been lost. */
  let ownTimes: readonly number[] = [];
  let nextAt = 0;
  let rival = { name: '', seenAt: 0 };

  const renew = async (uid: string, store: Reader): Promise<void> => {
    latest ??= await readLease(apiserver, nodeName);
    for (let tries = 1; ; tries++) {
      const renewal = { nodeName, uid, now: clock.now() };
      ownTimes = [...ownTimes.slice(-MOST_TIMES), renewal.now];
      const written = await write(renewal, store);
      if (written !== undefined) {
        latest = written;
        ownTimes = [renewal.now];
        return;
      }
      if (tries === MOST_TRIES) throw changesTooFast(nodeName);
      await sleep(clock, jitteredDelay(tries, PAUSE, random()), stopping);
    }
  };

  const isForeign = (lease: Lease): boolean => {
    const at = renewedAt(lease);
    return !Number.isNaN(at) && !ownTimes.includes(at);
  };

  /** undefined: it is not as it was thought to be, and `latest` is now what it is. */
  const write = async (renewal: Renewal, store: Reader): Promise<Lease | undefined> => {
    const body = renewedLease(latest, renewal);
    const call = { body, timeoutMs: TIMEOUT_MS, expect: [404, 409] };
    if (latest === undefined) {
      const made = await apiserver.call({ ...call, method: 'POST', path: LEASES });
      if (made.status === 404) throw noNamespace(nodeName, clock.now());
      if (made.status !== 409) return decodeLease(made.body);
      latest = await readLease(apiserver, nodeName);
      return undefined;
    }
    const put = await apiserver.call({ ...call, method: 'PUT', path: leasePath(nodeName) });
    if (put.status < 400) return decodeLease(put.body);
    // Lost with its Node, or written by somebody else.
    latest = put.status === 404 ? undefined : await readLease(apiserver, nodeName);
    if (latest !== undefined && isForeign(latest)) noteRival(store);
    return undefined;
  };

  const noteRival = (store: Reader): void => {
    const cluster = store.get(clusterNodeType, nodeName);
    const seen = cluster?.state === 'present' ? cluster.node.status?.nodeInfo?.bootID : undefined;
    const name = seen === undefined || seen === bootID ? 'another machine' : `the machine with the boot id ${seen}`;
    rival = { name, seenAt: clock.now() };
    events.report({
      type: 'Warning',
      reason: 'NodeCloned',
      message: `${name} renews the lease of Node ${nodeName} too: it is a clone of this host, or has its name and credentials`,
      subject: { kind: 'Node', name: nodeName },
    });
  };

  return {
    name: 'lease',
    inputs: [input(registrationType), input(sessionType)],
    outputs: [leaseStateType],
    async reconcile(_, { store, put }): Promise<Outcome> {
      const registration = store.get(registrationType, nodeName);
      if (registration?.state !== 'registered') {
        nextAt = 0;
        return done;
      }
      const now = clock.now();
      // Also after the clock was set back.
      if (now < nextAt && nextAt - now <= RENEW_MS * (1 + JITTER)) return { kind: 'requeue', at: nextAt };
      try {
        await renew(registration.uid, store);
      } catch (error) {
        options.failures.increment();
        return { kind: 'failed', error, at: now + RENEW_MS };
      }
      if (clock.now() - rival.seenAt >= RIVAL_MS) rival = { name: '', seenAt: 0 };
      put(leaseStateType, nodeName, { renewedAt: now, rival: rival.name });
      nextAt = now + RENEW_MS * (1 + JITTER * random());
      return { kind: 'requeue', at: nextAt };
    },
  };
};

const changesTooFast = (nodeName: string): BootletError =>
  new BootletError(
    'E_APISERVER_REFUSED',
    `the lease of Node ${nodeName} is changed by others faster than it is renewed`,
  );

/** It comes with the apiserver, which makes it again within a minute where somebody deleted it. */
const noNamespace = (nodeName: string, now: number): BootletError =>
  new BootletError('E_APISERVER_REFUSED', `the lease of Node ${nodeName} cannot be made: its namespace is missing`, {
    hint: 'kubectl create namespace kube-node-lease, unless the apiserver makes it within a minute',
    retryAt: now + RENEW_MS,
  });
