import { test } from 'tap';
import { neverByProxy, type ProxyInput, proxyNeeds } from '../../../../daemon/network/docker/proxies.ts';
import { aHostNetwork, aLink, aRoute } from '../../../support/host-network.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { anEngineState } from './builders.ts';

const PROXY = 'http://user:secret@p:3128';
const input: ProxyInput = {
  options: { proxies: { 'http-proxy': PROXY } },
  noProxy: ['127.0.0.0/8'],
  engine: anEngineState(),
  environment: ['PATH=/bin'],
  unit: 'docker.service',
  hasDropIn: true,
  isStartedSince: false,
};
const NONE = { restartFor: [], advice: [] };

test('a Docker that takes no proxies from its file, and is no unit, is told to be started with them, without a password', (t) => {
  const { advice, restartFor } = proxyNeeds({ ...input, unit: undefined, hasDropIn: false });
  t.match(advice[0]?.advice, /Docker 20.10.24 .*NO_PROXY=127.0.0.0\/8/);
  t.notMatch(advice[0]?.advice, /secret/);
  t.same(restartFor, []);
  t.same(proxyNeeds({ ...input, unit: undefined, environment: ['https_proxy=http://p'] }), NONE);
  t.end();
});

test('one of a unit is restarted for them, before its drop-in is there as after', (t) => {
  const restarted = { restartFor: ['its proxies'], advice: [] };
  t.same(proxyNeeds(input), restarted);
  t.same(proxyNeeds({ ...input, hasDropIn: false }), restarted);
  t.same(
    proxyNeeds({ ...input, environment: ['HTTP_PROXY=http://before:3128'] }),
    restarted,
    'it had others of bootlet',
  );
  t.end();
});

test('a proxy that is no longer wanted is one to restart for', (t) => {
  const environment = [`HTTP_PROXY=${PROXY}`, 'HTTPS_PROXY=http://before:3128'];
  t.same(proxyNeeds({ ...input, environment }).restartFor, ['its proxies']);
  t.end();
});

test('nothing is to do where it has them, whatever they are not asked for, takes them from its file, or none are wanted', (t) => {
  t.same(proxyNeeds({ ...input, environment: [`HTTP_PROXY=${PROXY}`, 'NO_PROXY=other'] }), NONE);
  t.same(proxyNeeds({ ...input, engine: anEngineState({ version: '23.0.0' }) }), NONE);
  t.same(proxyNeeds({ ...input, options: {} }), NONE);
  t.same(proxyNeeds({ ...input, options: { proxies: { 'no-proxy': 'a' } } }), NONE);
  t.same(proxyNeeds({ ...input, engine: undefined }), NONE);
  t.end();
});

test('it is never restarted twice for what something else in its unit keeps from it: that is told', (t) => {
  const environment = ['HTTP_PROXY=http://name:word@other:3128'];
  for (const more of [{ isStartedSince: true }, { hasDropIn: false }]) {
    const { advice, restartFor } = proxyNeeds({ ...input, environment, ...more });
    t.same(restartFor, []);
    t.match(advice[0]?.advice, /something else in docker.service/);
    t.notMatch(advice[0]?.advice, /word|secret/);
  }
  t.end();
});

test('no proxy is asked for pods, services and the networks of default routes, whatever else comes and goes', async (t) => {
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
  t.same(
    neverByProxy(aNetworkSpec({ serviceCIDRs: ['10.96.0.0/12'] }), host),
    expected.toSpliced(4, 0, '10.96.0.0/12'),
  );
});
