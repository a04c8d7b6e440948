/** The kubelet's nodeStatusUpdateFrequency: a status is compared with the Node's so often. */
export const LOOK_MS = 10_000;
/** The kubelet's nodeStatusReportFrequency: a status that says nothing new is posted so often. */
const REPORT_MS = 5 * 60_000;
/** Between two posts whatever happens: a runtime that comes and goes must not become a flood of requests. */
const SHORTEST_MS = 1000;

/**
 * When to look and when to post (pkg/kubelet/kubelet_node_status.go tryUpdateNodeStatus). After a change the next report
 * comes up to half a period sooner or later, so that the nodes of a cluster that was down do not report together for ever.
 */
export class StatusPace {
  #lookedAt = Number.NEGATIVE_INFINITY;
  #postedAt: number | undefined;
  #delay = 0;

  /** When the next look is due; `isUrgent`: as soon as may be. */
  nextLook(isUrgent: boolean): number {
    return isUrgent ? (this.#postedAt ?? Number.NEGATIVE_INFINITY) + SHORTEST_MS : this.#lookedAt + LOOK_MS;
  }

  /** @param heardAt when the cluster heard of the status last, as the Node tells */
  isReportDue(now: number, heardAt: number): boolean {
    const since = this.#postedAt ?? heardAt;
    return Number.isNaN(since) || now < since || now - since >= REPORT_MS + this.#delay;
  }

  looked(now: number): void {
    this.#lookedAt = now;
  }

  /** @param random in [0, 1) */
  posted(now: number, isChange: boolean, random: number): void {
    this.#lookedAt = now;
    this.#postedAt = now;
    this.#delay = isChange ? REPORT_MS * (random - 0.5) : 0;
  }
}
