import { test } from 'tap';
import { neverByProxy, proxyAdvice } from '../../../../daemon/network/docker/proxies.ts';
import { aHostNetwork, aLink, aRoute } from '../../../support/host-network.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { anEngineState } from './builders.ts';

const options = { proxies: { 'http-proxy': 'http://user:secret@p:3128' } };
const input = { options, noProxy: ['127.0.0.0/8'], engine: anEngineState(), environment: ['PATH=/bin'] };

test('a Docker that takes no proxies from its file is told to be given them by its unit, without a password', async (t) => {
  const [change] = proxyAdvice(input);
  t.match(change?.advice, /Docker 20.10.24 .*NO_PROXY=127.0.0.0\/8/);
  t.notMatch(change?.advice, /secret/);
});

test('nothing is told where it has proxies, takes them from its file, or none are wanted', async (t) => {
  t.same(proxyAdvice({ ...input, environment: ['https_proxy=http://p'] }), []);
  t.same(proxyAdvice({ ...input, engine: anEngineState({ version: '23.0.0' }) }), []);
  t.same(proxyAdvice({ ...input, options: {} }), []);
});

test('no proxy is asked for pods and for the networks of default routes, whatever else comes and goes', async (t) => {
  const host = aHostNetwork();
  const links = [
    aLink('docker0', ['172.17.0.1/16']),
    aLink('br-0123456789ab', ['172.18.0.1/16']),
    aLink('tun0', ['10.8.0.2/24'], { isPointToPoint: true }),
    ...host.links.toReversed(),
  ];
  const tunnelled = { links, routes: [aRoute('default', 'tun0'), ...host.routes] };
  const expected = ['localhost', '127.0.0.0/8', '::1', '10.22.3.0/24', '192.168.1.0/24', '2001:db8:1::/64'];
  t.same(neverByProxy(aNetworkSpec(), host), expected);
  t.same(neverByProxy(aNetworkSpec(), tunnelled), expected);
});
