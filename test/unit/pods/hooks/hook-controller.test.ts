import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { hookController } from '../../../../daemon/pods/hooks/hook-controller.ts';
import { hookMemory } from '../../../../daemon/pods/hooks/memory.ts';
import { PodEvents } from '../../../../daemon/pods/record/pod-events.ts';
import {
  containerType,
  type HookKind,
  type HookRequest,
  hookKey,
  hookRequestType,
  hookResultType,
} from '../../../../daemon/pods/resources.ts';
import type { LifecycleHandler } from '../../../../daemon/pods/v1.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import type { ContainerRuntime } from '../../../../daemon/runtime/runtime.ts';
import { until } from '../../../lab/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aRun, aSandbox } from '../../../support/pod-builders.ts';
import { stateFolder } from '../../../support/state-folder.ts';

const ID = 'main-uid-1-0';

interface Options {
  readonly exec?: ContainerRuntime['exec'];
  readonly state?: string;
  readonly ips?: readonly string[];
}

/** A hook controller under an engine, with one running container in its sandbox. */
const someHooks = (
  t: Test,
  { exec = async () => ({ exitCode: 0, output: '' }), state = stateFolder(t), ips = ['127.0.0.1'] }: Options = {},
) => {
  const clock = new FakeClock();
  const store = new Store(clock.now());
  const ring = new EventRing(clock);
  const failures: (string | undefined)[] = [];
  const engine = new Engine({ store, clock, random: () => 0, onFailure: ({ code }) => failures.push(code) });
  const stopping = new AbortController();
  const containers = store.claim(containerType, 'test');
  const requests = store.claim(hookRequestType, 'test');
  const memory = hookMemory(state);
  engine.add(
    hookController({
      store,
      runtime: { exec },
      clock,
      events: new PodEvents(ring),
      memory,
      log: pino({ level: 'silent' }),
      signal: stopping.signal,
    }),
  );
  engine.start();
  t.teardown(() => engine.stop());
  containers.put('sandbox-uid-1-0', aSandbox({ ips }));
  const run = aRun();
  containers.put(ID, run);
  const ask = (handler: LifecycleHandler, kind: HookKind = 'postStart', since = 0): void => {
    const request: HookRequest = {
      pod: run.pod,
      container: 'main',
      containerId: ID,
      kind,
      hook: { handler, ports: [] },
      since,
    };
    requests.put(hookKey(ID, kind), request);
  };
  const stateOf = (kind: HookKind = 'postStart') => store.get(hookResultType, hookKey(ID, kind))?.state;
  const ended = (kind?: HookKind) =>
    until(() => stateOf(kind) !== undefined && stateOf(kind) !== 'running' && stateOf(kind), { what: 'the end' });
  return {
    clock,
    store,
    containers,
    requests,
    memory,
    engine,
    failures,
    stopping,
    run,
    ask,
    stateOf,
    ended,
    events: () => ring.list(),
  };
};

const command: LifecycleHandler = { exec: { command: ['hook'] } };

test('a command that ends with 0 has succeeded, without a word', async (t) => {
  const { ask, ended, events } = someHooks(t);
  ask(command);
  t.equal(await ended(), 'succeeded');
  t.same(events(), []);
});

test('a command has as long as it takes', async (t) => {
  const limits: unknown[] = [];
  const { ask, ended } = someHooks(t, {
    exec: async (_id, _command, timeoutMs) => {
      limits.push(timeoutMs);
      return { exitCode: 0, output: '' };
    },
  });
  ask(command);
  await ended();
  t.same(limits, [undefined]);
});

test('a hook that fails is reported in the kubelet’s words, without what it said', async (t) => {
  const { ask, ended, events } = someHooks(t, { exec: async () => ({ exitCode: 1, output: 'secret' }) });
  ask(command);
  t.equal(await ended(), 'failed');
  ask(command, 'preStop');
  t.equal(await ended('preStop'), 'failed');
  t.match(events(), [
    { type: 'Warning', reason: 'FailedPostStartHook', message: 'PostStartHook failed' },
    { type: 'Warning', reason: 'FailedPreStopHook', message: 'PreStopHook failed' },
  ]);
});

test('a command that cannot be started has failed', async (t) => {
  const { ask, ended } = someHooks(t, {
    exec: async () => Promise.reject(new BootletError('E_RUNTIME_REFUSED', 'no')),
  });
  ask(command);
  t.equal(await ended(), 'failed');
});

test('a runtime that does not answer leaves the hook to be run again', async (t) => {
  let answers = false;
  const { ask, ended, failures, clock } = someHooks(t, {
    exec: async () => {
      if (!answers) throw new BootletError('E_RUNTIME_UNAVAILABLE', 'no answer');
      return { exitCode: 0, output: '' };
    },
  });
  ask(command);
  await until(() => failures.length > 0, { what: 'a failure' });
  answers = true;
  await clock.advance(5000);
  t.equal(await ended(), 'succeeded');
});

test('a hook is run once, also by the next daemon', async (t) => {
  const state = stateFolder(t);
  let runs = 0;
  const exec = async () => ({ exitCode: runs++, output: '' });
  const first = someHooks(t, { exec, state });
  first.ask(command);
  await first.ended();
  await first.engine.stop();

  const second = someHooks(t, { exec, state });
  await second.memory.load((error) => t.fail(error.message));
  second.containers.put(ID, { ...second.run, pid: 7 });
  t.equal(await second.ended(), 'succeeded', 'known before anyone asks');
  second.ask(command);
  await second.clock.settle();
  t.equal(runs, 1);
});

test('nothing is run in a container that has ended, and its result goes with it', async (t) => {
  const { ask, containers, run, stateOf, clock, ended } = someHooks(t);
  containers.put(ID, { ...run, state: 'exited' });
  ask(command);
  await clock.settle();
  t.equal(stateOf(), undefined);
  containers.put(ID, run);
  await ended();
  containers.remove(ID);
  await until(() => stateOf() === undefined, { what: 'no result' });
});

test('a sleep counts from when it began, also if that was under an earlier daemon', async (t) => {
  const { ask, clock, stateOf, ended } = someHooks(t);
  await clock.advance(2000);
  ask({ sleep: { seconds: 3 } }, 'preStop', 1000);
  await clock.advance(1999);
  t.equal(stateOf('preStop'), 'running');
  await clock.advance(1);
  t.equal(await ended('preStop'), 'succeeded');
});

test('a hook whose request is withdrawn comes to no result', async (t) => {
  const { ask, requests, clock, stateOf, events } = someHooks(t);
  ask({ sleep: { seconds: 1000 } });
  await clock.settle();
  requests.remove(hookKey(ID, 'postStart'));
  await clock.settle();
  await clock.advance(2_000_000);
  t.equal(stateOf(), 'running');
  t.same(events(), []);
});

test('any answer to an httpGet is a success, and the pod’s address is asked', async (t) => {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push([request.url, request.headers['user-agent']]);
    response.writeHead(500).end();
  });
  t.teardown(() => server.close());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const { ask, ended, events } = someHooks(t);
  ask({ httpGet: { port, path: '/started' } });
  t.equal(await ended(), 'succeeded');
  ask({ httpGet: { port, path: '/plain', scheme: 'HTTPS' } }, 'preStop');
  t.equal(await ended('preStop'), 'succeeded', 'HTTPS that is answered in HTTP');
  t.same(asked, [
    ['/started', 'kube-lifecycle/1.36'],
    ['/plain', 'kube-lifecycle/1.36'],
  ]);
  t.match(events(), [{ type: 'Warning', reason: 'LifecycleHTTPFallback' }]);
});

test('an httpGet that nobody answers fails, and so does one in the host’s network that names no host', async (t) => {
  const { ask, ended } = someHooks(t, { ips: [] });
  ask({ httpGet: { port: 1 } });
  t.equal(await ended(), 'failed');
  ask({ httpGet: { port: 1, host: '127.0.0.1' } }, 'preStop');
  t.equal(await ended('preStop'), 'failed');
});

test('a tcpSocket is let through by the validation and fails when it is to be run', async (t) => {
  const { ask, ended } = someHooks(t);
  ask({ tcpSocket: { port: 1 } });
  t.equal(await ended(), 'failed');
});
