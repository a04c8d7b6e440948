import { join } from 'node:path';
import { test } from 'tap';
import { schema } from '../../../../daemon/config/schema.ts';
import { BootletError } from '../../../../daemon/errors.ts';
import { dockerSetting } from '../../../../daemon/network/docker/setting.ts';
import { systemClock } from '../../../../daemon/reconcile/clock.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { stateFolder } from '../../../support/state-folder.ts';

const WEB = { Names: ['/web'], Ports: [{ IP: '0.0.0.0', PublicPort: 8080, PrivatePort: 80, Type: 'tcp' }] };

test('advice on containers of others stays while Docker does not answer: nobody knows of an end of them', async (t) => {
  const root = stateFolder(t);
  const { network, paths } = schema.fallback;
  const docker = { ...network.docker, configFile: join(root, 'daemon.json') };
  let isAway = false;
  const setting = dockerSetting({
    config: { network: { ...network, docker }, paths: { ...paths, state: root } },
    run: async () => ({ exitCode: 0, stdout: '[]', stderr: '' }),
    sysctls: { read: () => undefined, write: async () => undefined },
    engine: {
      call: async ({ path }) => {
        if (isAway) throw new BootletError('E_RUNTIME_UNAVAILABLE', 'it does not answer');
        if (path === '/info') return { status: 200, body: {} };
        return { status: 200, body: path === '/containers/json' ? [WEB] : [] };
      },
    },
    find: () => undefined,
    root,
    clock: systemClock,
    stopping: undefined,
  });
  const advice = async (): Promise<readonly string[]> =>
    (await setting.plan(aNetworkSpec(), {})).flatMap(({ change }) => change.advice ?? []);
  const before = await advice();
  t.match(before, [/to the container web /]);
  isAway = true;
  t.same(await advice(), before);
});
