import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { type Test, test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { podFiles } from '../../../../daemon/pods/create/pod-files.ts';
import { probeMemory } from '../../../../daemon/pods/probes/memory.ts';
import { prober } from '../../../../daemon/pods/probes/prober.ts';
import { PodEvents } from '../../../../daemon/pods/record/pod-events.ts';
import {
  containerType,
  hookKey,
  hookResultType,
  podSpecType,
  probeResultType,
} from '../../../../daemon/pods/resources.ts';
import { podMeters } from '../../../../daemon/pods/stats/meters.ts';
import type { Probe } from '../../../../daemon/pods/v1.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Semaphore } from '../../../../daemon/reconcile/semaphore.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import type { ContainerRuntime, ExecResult } from '../../../../daemon/runtime/runtime.ts';
import { until } from '../../../lab/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aContainer, aRun, aSandbox, aSpec } from '../../../support/pod-builders.ts';
import { stateFolder } from '../../../support/state-folder.ts';

const POD = 'default/web-n';

/** A prober under an engine. `exec` is what a command in a container gives. */
const aProber = (
  t: Test,
  {
    exec = async () => ({ exitCode: 0, output: '' }),
    limit = 10,
    state = stateFolder(t),
  }: { exec?: ContainerRuntime['exec']; limit?: number; state?: string } = {},
) => {
  const clock = new FakeClock();
  const store = new Store(clock.now());
  const failures: string[] = [];
  const stopping = new AbortController();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: ({ code }) => failures.push(code ?? '') });
  const containers = store.claim(containerType, 'test');
  const specs = store.claim(podSpecType, 'test');
  const ring = new EventRing(clock);
  const memory = probeMemory(state);
  engine.add(
    prober({
      store,
      runtime: { exec },
      hostIPs: [],
      clock,
      random: () => 0,
      events: new PodEvents(ring),
      memory,
      execLimit: new Semaphore(limit),
      meters: podMeters(),
      signal: stopping.signal,
    }),
  );
  engine.start();
  t.teardown(() => engine.stop());
  const result = (id = 'main-uid-1-0', kind = 'readiness') => store.get(probeResultType, `${id}/${kind}`)?.result;
  return { clock, store, engine, containers, specs, failures, stopping, memory, result, events: () => ring.list() };
};

const run = { ...aRun(), startedAt: 0 };
const sandbox = { ...aSandbox(), ips: ['127.0.0.1'] };
const probed = (probe: Probe, hostNetwork = true) =>
  aSpec({ hostNetwork, containers: [aContainer('main', { readinessProbe: probe })] });
const execProbe: Probe = { exec: { command: ['true'] } };

test('a container that is listed before its pod is wanted is probed as soon as it is wanted', async (t) => {
  const { clock, containers, specs, result } = aProber(t);
  containers.put(sandbox.id, sandbox);
  containers.put(run.id, run);
  await clock.settle();
  t.equal(result(), undefined);
  specs.put(POD, probed(execProbe, false));
  await clock.settle();
  t.equal(result(), 'success');
});

test('a pod of a network of its own is not probed before its sandbox has an address', async (t) => {
  const { clock, containers, specs, result } = aProber(t);
  specs.put(POD, probed(execProbe, false));
  containers.put(run.id, run);
  await clock.settle();
  t.equal(result(), undefined);
  containers.put(sandbox.id, sandbox);
  await clock.settle();
  t.equal(result(), 'success');
});

test('a container is not probed before its postStart hook has succeeded', async (t) => {
  const { clock, store, containers, specs, result } = aProber(t);
  const hooks = store.claim(hookResultType, 'test');
  const container = aContainer('main', {
    readinessProbe: execProbe,
    lifecycle: { postStart: { exec: { command: [] } } },
  });
  specs.put(POD, aSpec({ hostNetwork: true, containers: [container] }));
  containers.put(run.id, run);
  for (const state of ['running', 'failed'] as const) {
    hooks.put(hookKey(run.id, 'postStart'), { containerId: run.id, kind: 'postStart', state });
    await clock.settle();
    t.equal(result(), undefined);
  }
  hooks.put(hookKey(run.id, 'postStart'), { containerId: run.id, kind: 'postStart', state: 'succeeded' });
  await clock.settle();
  t.equal(result(), 'success');
});

test('a result is gone with the pod', async (t) => {
  const { clock, containers, specs, result } = aProber(t);
  specs.put(POD, probed(execProbe));
  containers.put(run.id, run);
  await clock.settle();
  t.equal(result(), 'success');
  specs.remove(POD);
  await until(() => result() === undefined, { what: 'no result' });
});

test('a command that takes too long has failed', async (t) => {
  const { clock, containers, specs, result, failures } = aProber(t, {
    exec: () => Promise.reject(new BootletError('E_TIMEOUT', 'too long')),
  });
  specs.put(POD, probed({ ...execProbe, failureThreshold: 1 }));
  containers.put(run.id, run);
  await clock.settle();
  t.equal(result(), 'failure');
  t.same(failures, []);
});

test('a runtime that does not answer gives no verdict', async (t) => {
  const { clock, containers, specs, result, failures } = aProber(t, {
    exec: () => Promise.reject(new BootletError('E_RUNTIME_UNAVAILABLE', 'no answer')),
  });
  specs.put(POD, probed({ ...execProbe, failureThreshold: 1 }));
  containers.put(run.id, run);
  await clock.settle();
  t.equal(result(), undefined);
  t.same(failures, ['E_RUNTIME_UNAVAILABLE']);
});

test('no more commands run at once than the limit allows', async (t) => {
  let begun = 0;
  const ends: (() => void)[] = [];
  const exec = (): Promise<ExecResult> => {
    begun++;
    return new Promise((resolve) => ends.push(() => resolve({ exitCode: 0, output: '' })));
  };
  const { clock, containers, specs } = aProber(t, { exec, limit: 2 });
  const names = ['a', 'b', 'c'];
  specs.put(POD, aSpec({ containers: names.map((name) => aContainer(name, { readinessProbe: execProbe })) }));
  for (const container of names) {
    const one = { ...aRun({ container }), startedAt: 0 };
    containers.put(one.id, one);
  }
  await clock.settle();
  t.equal(begun, 2);
  ends.shift()?.();
  await clock.settle();
  t.equal(begun, 3);
  for (const end of ends) end();
});

test('a stop ends a probe that waits for an answer, without a verdict', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    arrived.resolve();
  });
  t.teardown(() => server.close());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const { containers, specs, engine, stopping, result, failures } = aProber(t);
  specs.put(POD, probed({ httpGet: { port, host: '127.0.0.1' }, timeoutSeconds: 3600, failureThreshold: 1 }));
  containers.put(run.id, run);
  await arrived.promise;
  stopping.abort();
  await engine.stop();
  t.equal(result(), undefined);
  t.same(failures, []);
});

test('a verdict of an earlier daemon holds until there is a new one', async (t) => {
  const state = stateFolder(t);
  const first = aProber(t, { state });
  first.specs.put(POD, probed(execProbe));
  first.containers.put(run.id, run);
  await until(() => first.result() === 'success' && existsSync(podFiles(state, 'uid-1').probes), {
    what: 'the record',
  });
  await first.engine.stop();

  const second = aProber(t, { state });
  await second.memory.load((error) => t.fail(error.message));
  second.specs.put(POD, probed({ ...execProbe, initialDelaySeconds: 60 }));
  second.containers.put(run.id, run);
  await second.clock.settle();
  t.equal(second.result(), 'success');
});

test('what cannot be probed is reported and is no verdict', async (t) => {
  const { clock, containers, specs, result, events } = aProber(t);
  specs.put(POD, probed({ tcpSocket: { port: 'nope' }, failureThreshold: 1 }));
  containers.put(run.id, run);
  await clock.settle();
  t.equal(result(), 'failure', 'what it was before');
  t.match(events()[0], {
    reason: 'Unhealthy',
    message: 'Readiness probe errored and resulted in unknown state: the container has no port named nope',
  });
});

test('the command of a probe knows the variables that have values in the manifest', async (t) => {
  const commands: (readonly string[])[] = [];
  const { clock, containers, specs } = aProber(t, {
    exec: async (_id, command) => {
      commands.push(command);
      return { exitCode: 0, output: '' };
    },
  });
  const env = [{ name: 'PORT', value: '80' }];
  const readinessProbe: Probe = { exec: { command: ['check', '$(PORT)', '$(OTHER)', '$$(PORT)'] } };
  specs.put(POD, aSpec({ containers: [aContainer('main', { env, readinessProbe })] }));
  containers.put(run.id, run);
  await clock.settle();
  t.same(commands, [['check', '80', '$(OTHER)', '$(PORT)']]);
});

test('a sidecar is probed as other containers are', async (t) => {
  const { clock, containers, specs, result } = aProber(t);
  const side = { ...aRun({ container: 'side' }), startedAt: 0 };
  specs.put(
    POD,
    aSpec({ initContainers: [aContainer('side', { restartPolicy: 'Always', readinessProbe: execProbe })] }),
  );
  containers.put(side.id, side);
  await clock.settle();
  t.equal(result(side.id), 'success');
});
