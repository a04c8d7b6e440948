import { test } from 'tap';
import { proxyAdvice } from '../../../../daemon/network/docker/proxies.ts';
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
