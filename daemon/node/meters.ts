import { CounterTally } from '../reconcile/tally.ts';

/** What is counted of the host's dealings with its cluster, under client-go's names where it has one (client-go tools/metrics). */
export const nodeMeters = () => ({
  /** `code` is `<error>` where no answer came; a watch counts once, with its first answer. */
  requests: new CounterTally({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code, method, and host.',
  }),
  leaseFailures: new CounterTally({
    name: 'bootlet_lease_renewal_failures_total',
    help: "How often the Node's lease could not be renewed.",
    isLabelled: false,
  }),
});

export type NodeMeters = ReturnType<typeof nodeMeters>;
