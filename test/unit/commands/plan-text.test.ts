import { test } from 'tap';
import type { Io } from '../../../daemon/commands/io.ts';
import { planText } from '../../../daemon/commands/plan-text.ts';
import { BootletError } from '../../../daemon/errors.ts';
import { planSettings } from '../../../daemon/network/plan-network.ts';
import { aChange, aNetworkSpec, aSetting } from '../../support/network-builders.ts';

const io: Io = {
  env: {},
  stdin: process.stdin,
  stdout: process.stdout,
  out: () => undefined,
  note: () => undefined,
  isTerminal: false,
  ownInterrupt: () => undefined,
  setExitCode: () => undefined,
};

const nothingEntered = { of: () => ({}) };

test('a host on which nothing is touched says why', async (t) => {
  t.equal(
    planText({ spec: undefined, why: 'network.manage is false', isAbandoned: false, settings: [] }, io),
    'nothing on this host is touched: network.manage is false\n',
  );
});

test('a host that is as configured has nothing to change', async (t) => {
  const spec = aNetworkSpec();
  const settings = await planSettings([aSetting('bridge', () => [])], spec, nothingEntered);
  t.equal(planText({ spec, why: '', isAbandoned: false, settings }, io), 'nothing to change: 10.22.3.0/24 on cbr0\n');
});

test('changes are shown as a diff, with what keeps them and what they interrupt, and errors with the way out', async (t) => {
  const spec = aNetworkSpec();
  const refuse = () => {
    throw new BootletError('E_NETWORK_REFUSED', '/etc is read-only', { hint: 'remount it' });
  };
  const settings = await planSettings(
    [
      aSetting('bridge', () => [aChange({ before: 'mtu 1400\nup', after: 'mtu 1500\nup' })]),
      aSetting('docker', () => [
        aChange({
          object: 'dockerd',
          after: undefined,
          held: 'network.docker.restart is never',
          restarts: 'docker.service',
        }),
      ]),
      aSetting('kernel', refuse),
    ],
    spec,
    nothingEntered,
  );
  t.equal(
    planText({ spec, why: '', isAbandoned: false, settings }, io),
    `bridge
  link cbr0
    - mtu 1400
    + mtu 1500

docker
  dockerd (restarts docker.service; held: network.docker.restart is never)

kernel
  error: /etc is read-only (E_NETWORK_REFUSED)
  hint: remount it

10.22.3.0/24 on cbr0: 1 to make, 1 held, 1 setting cannot be planned
`,
  );
});
