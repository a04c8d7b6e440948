import fc from 'fast-check';
import { test } from 'tap';
import type { Listener } from '../../../../daemon/host/listeners.ts';
import { decide, holdersAmong } from '../../../../daemon/network/host-ports/conflicts.ts';
import type { HostPort } from '../../../../daemon/shared-resources.ts';
import { aHostPort } from '../../../support/network-builders.ts';

const aListener = (more: Partial<Listener> = {}): Listener => ({
  protocol: 'TCP',
  address: '0.0.0.0',
  port: 80,
  inode: 1,
  ...more,
});

const refusedBy = (port: Partial<HostPort>, listener: Partial<Listener>): boolean =>
  decide({ wanted: [aHostPort(port)], holders: new Set(), listeners: [aListener(listener)] }).refused.size > 0;

test('a port on which a process of the host listens is refused, with who listens', async (t) => {
  const verdict = decide({ wanted: [aHostPort()], holders: new Set(), listeners: [aListener()] });
  t.same(verdict.accepted, []);
  t.match(verdict.refused.get('a'), { port: { hostPort: 80 }, takenBy: { inode: 1 } });
});

test('only what has protocol, port and an address in common is in conflict', async (t) => {
  t.notOk(refusedBy({}, { port: 81 }));
  t.notOk(refusedBy({}, { protocol: 'UDP' }));
  t.ok(refusedBy({}, { address: '127.0.0.1' }), 'every address is that of loopback too');
  t.ok(refusedBy({ hostIP: '192.0.2.1' }, { address: '0.0.0.0' }));
  t.ok(refusedBy({ hostIP: '192.0.2.1' }, { address: '::' }), 'which takes IPv4 too');
  t.notOk(refusedBy({ hostIP: '192.0.2.1' }, { address: '192.0.2.2' }));
  t.notOk(refusedBy({ hostIP: '0.0.0.0' }, { address: '::1' }), 'another family');
  t.ok(refusedBy({ hostIP: '2001:db8:0::1' }, { address: '2001:db8::1' }), 'however it is written');
});

test('a pod that has its ports keeps them, whoever listens since', async (t) => {
  const wanted = [aHostPort()];
  t.same(decide({ wanted, holders: new Set(['a']), listeners: [aListener()] }).accepted, wanted);
});

test('of a pod that can have one port only none is made', async (t) => {
  const wanted = [aHostPort(), aHostPort({ hostPort: 81 })];
  t.same(decide({ wanted, holders: new Set(), listeners: [aListener({ port: 81 })] }).accepted, []);
});

test('of two pods with one port the one that has it keeps it, and the other is told whose it is', async (t) => {
  const wanted = [aHostPort(), aHostPort({ uid: 'b', pod: 'default/b' })];
  const { accepted, refused } = decide({ wanted, holders: new Set(['b']), listeners: [] });
  t.match(accepted, [{ uid: 'b' }]);
  t.match(refused.get('a'), { takenBy: { pod: 'default/b' } });
});

test('a pod has its ports when all of them were made, whatever its address was then', async (t) => {
  const made = [aHostPort({ podIPs: ['10.22.3.9'] })];
  t.ok(holdersAmong([aHostPort()], made).has('a'));
  t.notOk(holdersAmong([aHostPort(), aHostPort({ hostPort: 81 })], made).has('a'));
});

const hostIP = fc.constantFrom('', '0.0.0.0', '::', '192.0.2.1', '127.0.0.1', '2001:db8::1');
const port = fc
  .record({
    uid: fc.constantFrom('a', 'b', 'c'),
    hostIP,
    hostPort: fc.constantFrom(80, 81),
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
  })
  .map((more) => aHostPort({ ...more, pod: `default/${more.uid}` }));

test('whatever is wanted, each pod has all its ports or none, and no two pods share one', async (t) => {
  fc.assert(
    fc.property(fc.array(port), fc.subarray(['a', 'b', 'c']), (wanted, held) => {
      // Holders were accepted before, so that they are in conflict with none of each other.
      const before = decide({
        wanted: wanted.filter(({ uid }) => held.includes(uid)),
        holders: new Set(),
        listeners: [],
      });
      const holders = new Set(before.accepted.map(({ uid }) => uid));
      const { accepted, refused } = decide({ wanted, holders, listeners: [] });
      const uids = new Set(accepted.map(({ uid }) => uid));
      const others = wanted.filter(({ uid }) => !refused.has(uid));
      if (accepted.length !== others.length) throw new Error('a pod has some of its ports');
      for (const uid of holders) if (!uids.has(uid)) throw new Error('a holder lost its port');
      for (const a of accepted) {
        const alone = decide({
          wanted: accepted.filter(({ uid }) => uid !== a.uid).concat(a),
          holders: new Set(),
          listeners: [],
        });
        if (alone.refused.has(a.uid)) throw new Error('two pods share a port');
      }
    }),
  );
  t.pass();
});
