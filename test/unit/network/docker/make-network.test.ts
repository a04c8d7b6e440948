import { join } from 'node:path';
import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { stepsOf } from '../../../../daemon/network/docker/carry-out-step.ts';
import { expectedNetwork } from '../../../../daemon/network/docker/expected-network.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { aBridgeNetwork } from './builders.ts';

const notAsked = () => Promise.reject(new Error('not asked'));

test('where Docker refuses the network of a new range it has the former one again, and the refusal is told', async (t) => {
  const asked: unknown[] = [];
  const failures: unknown[] = [];
  const step = stepsOf({
    path: join(t.testdir({}), 'daemon.json'),
    dockerd: { process: () => undefined, log: () => '', reload: notAsked, restart: notAsked },
    memory: { load: async () => undefined, save: async () => undefined },
    engine: {
      call: async ({ body }) => {
        asked.push(body);
        if (asked.length === 1) throw new BootletError('E_RUNTIME_REFUSED', 'Pool overlaps with other one');
        return { status: 201, body: {} };
      },
    },
    run: notAsked,
    sysctls: { read: () => undefined, write: notAsked },
    remember: (failure) => failures.push(failure),
    restarts: () => undefined,
  });
  const expect = expectedNetwork(aNetworkSpec(), { followsMtu: false, name: 'bootlet' });
  const former = aBridgeNetwork({ subnets: [{ subnet: '10.22.9.0/24', gateway: '10.22.9.1' }] });
  await t.rejects(step({ do: 'make-network', expect, former }), { code: 'E_RUNTIME_REFUSED' });
  t.match(failures, [{ network: 'cbr0 10.22.3.1 mtu 1500', message: /Pool overlaps/ }], 'and it is not tried again');
  t.match(asked, [
    { IPAM: { Config: [{ Subnet: '10.22.3.0/24' }] } },
    { Name: 'bootlet', IPAM: { Config: [{ Subnet: '10.22.9.0/24', Gateway: '10.22.9.1' }] } },
  ]);
});
