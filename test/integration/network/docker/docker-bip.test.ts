import { test } from 'tap';
import { rangeOf } from '../../../../daemon/network/plan-spec.ts';
import { missing } from '../../../support/requires.ts';
import { dockerOnHost, specFor } from './docker-on-host.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'sysctl');

test('with bip Docker has its own bridge in both families', { skip }, async (t) => {
  const on = await dockerOnHost(t, {}, { attach: 'bip' });
  const { bridge } = specFor('10.22.3.0/24');
  const ranges = [rangeOf('10.22.3.0/24'), rangeOf('fd00:22:3::/64')];
  const spec = specFor('10.22.3.0/24', { ranges, bridge: { ...bridge, name: 'docker0' } });
  t.same(await on.settle(spec), []);
  t.equal(await on.bridge(), 'docker0 10.22.3.1');
  t.match(await on.host.run('ip', '-6', 'address', 'show', 'docker0'), 'fd00:22:3::1/64');
});
