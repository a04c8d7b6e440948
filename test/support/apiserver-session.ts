import { pino } from 'pino';
import type { Test } from 'tap';
import type { ClusterAccess } from '../../daemon/node/apiserver/access.ts';
import { ApiserverSession } from '../../daemon/node/apiserver/session.ts';
import { nodeMeters } from '../../daemon/node/meters.ts';
import { type Session, sessionType } from '../../daemon/node/resources.ts';
import { type Clock, systemClock } from '../../daemon/reconcile/clock.ts';
import { Store } from '../../daemon/reconcile/store.ts';

/** A session of node `n` that is started, with what it shows and logs. */
export const aSession = (t: Test, { clock = systemClock }: { readonly clock?: Clock } = {}) => {
  const store = new Store();
  const logged: string[] = [];
  const { requests } = nodeMeters();
  const session = new ApiserverSession({
    ...{ nodeName: 'n', clock, random: () => 0, requests },
    sessions: store.claim(sessionType, 'session'),
    log: pino({}, { write: (line: string) => void logged.push(line) }),
  });
  session.start();
  t.teardown(() => session.stop());
  return { session, store, logged, requests, shown: (): Session | undefined => store.get(sessionType, 'n') };
};

/** An access without an identity. */
export const anAccess = (servers: readonly string[], more: Partial<ClusterAccess> = {}): ClusterAccess => ({
  ...{ servers, caPem: undefined, identity: { kind: 'none' } },
  ...more,
});
