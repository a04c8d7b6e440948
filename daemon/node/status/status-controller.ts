import type { Node } from 'kubernetes-types/core/v1.d.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Reader } from '../../reconcile/store.ts';
import { runtimeStateType } from '../../runtime/resources.ts';
import { nodePressureType, podNetworkType } from '../../shared-resources.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { nodeConditions } from '../object/conditions.ts';
import { ownStatus, type StatusInputs } from '../object/status.ts';
import { statusPatch } from '../object/status-patch.ts';
import { decodeNode } from '../registration/node-watch.ts';
import { nodePath, STRATEGIC_MERGE } from '../registration/paths.ts';
import { clusterNodeType, registrationType, sessionType } from '../resources.ts';
import { flipsOf } from './flips.ts';
import { healthOf } from './inputs.ts';
import { LatestNode } from './latest-node.ts';
import { LOOK_MS, StatusPace } from './pace.ts';

export interface StatusOptions {
  readonly nodeName: string;
  /** As Kubernetes calls it. */
  readonly architecture: string;
  readonly apiserver: Apiserver;
  readonly statusInputs: (store: Reader) => StatusInputs;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: EventRing;
}

/** Tells the cluster how the host is: at once when it becomes ready or is no longer, else on change and every five minutes. */
export const statusController = (options: StatusOptions): Controller => {
  const { nodeName, architecture, apiserver, clock, random, events } = options;
  /** As the kubelet, which repairs no other label while it runs. */
  const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': architecture };
  const pace = new StatusPace();
  const latest = new LatestNode();
  const always = () => [nodeName];

  const report = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    void events.report({ type, reason, message, subject: { kind: 'Node', name: nodeName } });

  const post = async (node: Node, store: Reader): Promise<void> => {
    const before = node.status?.conditions ?? [];
    const now = clock.now();
    const status = ownStatus(options.statusInputs(store), before, now);
    const { isChange, body } = statusPatch(node, status, labels);
    if (!isChange && !pace.isReportDue(now, heardAt(node))) {
      pace.looked(now);
      return;
    }
    const answer = await apiserver.call({
      method: 'PATCH',
      path: `${nodePath(nodeName)}/status`,
      contentType: STRATEGIC_MERGE,
      body,
      expect: [404],
    });
    pace.posted(now, isChange, random());
    // The Node is gone, which the watch is about to tell.
    if (answer.status === 404) return;
    latest.wrote(decodeNode(answer.body));
    for (const reason of flipsOf(before, status.conditions))
      report('Normal', reason, `Node ${nodeName} status is now: ${reason}`);
    const { bootID } = status.nodeInfo;
    const lastBoot = node.status?.nodeInfo?.bootID || bootID;
    if (lastBoot !== bootID) report('Warning', 'Rebooted', `Node ${nodeName} has been rebooted, boot id: ${bootID}`);
  };

  return {
    name: 'node-status',
    inputs: [
      input(registrationType),
      input(clusterNodeType),
      input(sessionType),
      input(runtimeStateType, always),
      input(podNetworkType),
      input(nodePressureType, always),
    ],
    outputs: [],
    async reconcile(_, { store }): Promise<Outcome> {
      const cluster = store.get(clusterNodeType, nodeName);
      const isRegistered = store.get(registrationType, nodeName)?.state === 'registered';
      if (!isRegistered || cluster?.state !== 'present') return done;
      const node = latest.of(cluster.node);
      const now = clock.now();
      const before = node.status?.conditions ?? [];
      const nextLook = pace.nextLook(
        flipsOf(before, nodeConditions(healthOf(store, nodeName), before, now)).length > 0,
      );
      // Also after the clock was set back.
      if (now < nextLook && nextLook - now <= LOOK_MS) return { kind: 'requeue', at: nextLook };
      await post(node, store);
      return { kind: 'requeue', at: clock.now() + LOOK_MS };
    },
  };
};

const heardAt = ({ status }: Node): number =>
  Date.parse(status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime ?? '');
