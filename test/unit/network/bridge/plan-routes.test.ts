import { test } from 'tap';
import type { Route } from '../../../../daemon/host/ip/routes.ts';
import { planRoutes } from '../../../../daemon/network/bridge/plan-routes.ts';
import { targetOf } from '../../../../daemon/network/bridge/target.ts';
import { rangeOf } from '../../../../daemon/network/plan-spec.ts';
import { aRoute } from '../../../support/host-network.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';

const target = targetOf(aNetworkSpec({ ranges: [rangeOf('10.22.3.0/24'), rangeOf('fd00:22:3::/64')] }));
const up = { attributes: { ...target.attributes, state: 'up' }, addresses: target.addresses };

const routeTo = (destination: string, device = target.name): Route => aRoute(destination, device);

const commandsOf = (routes: readonly Route[], seen = up): readonly string[] =>
  planRoutes(target, seen, routes).flatMap(({ commands }) =>
    commands.map((command) => (command.kind === 'ip' ? command.args.join(' ') : command.kind)),
  );

test('the routes of the bridge that are there are left', async (t) => {
  t.same(commandsOf([routeTo('10.22.3.0/24'), routeTo('fd00:22:3::/64')]), []);
});

test('a route that was deleted under its address is made again as the kernel has it', async (t) => {
  t.same(commandsOf([routeTo('10.22.3.0/24', 'eth0')]), [
    'route replace 10.22.3.0/24 dev cbr0 proto kernel scope link src 10.22.3.1',
    'route replace fd00:22:3::/64 dev cbr0 proto kernel metric 256',
  ]);
});

test('what comes with an address or with the link is left to the kernel', async (t) => {
  t.same(commandsOf([], { ...up, addresses: [] }), []);
  t.same(commandsOf([], { ...up, attributes: { ...up.attributes, state: 'down' } }), []);
});
