import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Test, test } from 'tap';
import { startApi } from '../../../daemon/api/server.ts';
import { StatusBoard } from '../../../daemon/api/status-board.ts';
import { linesOf } from '../../../daemon/commands/lines.ts';
import { readConfig } from '../../../daemon/config/read.ts';
import { nodeMeters } from '../../../daemon/node/meters.ts';
import { containerType, podStatusType } from '../../../daemon/pods/resources.ts';
import { podMeters } from '../../../daemon/pods/stats/meters.ts';
import type { Summary } from '../../../daemon/pods/stats/v1alpha1.ts';
import type { Pod } from '../../../daemon/pods/v1.ts';
import { systemClock as clock } from '../../../daemon/reconcile/clock.ts';
import { EventRing } from '../../../daemon/reconcile/events.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import type { LogOptions } from '../../../daemon/runtime/runtime.ts';
import { aPod, aRun } from '../../support/pod-builders.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

const time = '2026-01-01T00:00:00Z';
const summary: Summary = {
  node: { nodeName: 'n', startTime: time, rlimit: { time, maxpid: 100, curproc: 10 } },
  pods: [],
};

/** The API on sockets of its own, on a store that the test writes. */
const startHost = async (t: Test) => {
  const run = mkdtempSync(join(tmpdir(), 'bl-api-'));
  t.teardown(() => rmSync(run, { recursive: true }));
  const { config } = readConfig([{ path: 'test', text: JSON.stringify({ nodeName: 'n', paths: { run } }) }], 'n');
  const store = new Store(clock.now());
  const events = new EventRing(clock);
  const board = new StatusBoard({ store, clock, config, version: '1' });
  const done: string[] = [];
  const asked: { id: string; options: LogOptions }[] = [];
  const state = { ready: true };
  const start = () =>
    startApi({
      store,
      events,
      config,
      board,
      stats: { usage: async () => summary, groups: async () => [], summary: async () => summary },
      meters: podMeters(),
      nodeMeters: nodeMeters(),
      version: '1',
      clock,
      ready: () => state.ready,
      plannedNode: () => ({ metadata: { name: 'n', labels: { pool: 'a' } }, spec: { unschedulable: true } }),
      renewCertificate: (fingerprint) => void done.push(`renew ${fingerprint}`),
      actions: {
        restart: (key) => void done.push(`restart ${key}`),
        stop: (key) => void done.push(`stop ${key}`),
        start: (key) => void done.push(`start ${key}`),
      },
      log: { error: () => undefined, warn: () => undefined, info: () => undefined },
      runtime: {
        openExec: () => Promise.reject(new Error('no container runs here')),
        logs: async (id, options) => {
          asked.push({ id, options });
          return (async function* () {
            yield { stream: 'stdout', data: Buffer.from('one\n') } as const;
            yield { stream: 'stderr', data: Buffer.from('two\n') } as const;
            if (options.follow) await new Promise((resolve) => options.signal?.addEventListener('abort', resolve));
          })();
        },
      },
    });
  const api = await start();
  t.teardown(async () => {
    board.close();
    await api.close();
  });
  const call = (path: string, { method = 'GET', accept = '*/*', socket = 'bootlet.sock' } = {}) =>
    new Promise<{ status: number; body: string; json: () => unknown }>((resolve, reject) => {
      const sent = request({ socketPath: join(run, socket), path, method, headers: { accept } }, async (answer) => {
        const body = await text(answer);
        resolve({ status: answer.statusCode ?? 0, body, json: () => JSON.parse(body) });
      });
      sent.once('error', reject).end();
    });
  const watch = (path: string, accept = '*/*') =>
    new Promise<AsyncIterator<string> & { close: () => void }>((resolve, reject) => {
      const sent = request({ socketPath: join(run, 'bootlet.sock'), path, headers: { accept } }, (answer) => {
        const lines = linesOf(answer)[Symbol.asyncIterator]();
        t.teardown(() => sent.destroy());
        resolve({ next: () => lines.next(), close: () => sent.destroy() });
      });
      sent.once('error', reject).end();
    });
  return {
    run,
    store,
    events,
    start,
    call,
    watch,
    done,
    asked,
    state,
    pods: store.claim(podStatusType, 'test'),
    containers: store.claim(containerType, 'test'),
  };
};

const pod = (name: string, { labels = {}, phase = 'Running' } = {}): { pod: Pod } => {
  const made = aPod();
  return { pod: { ...made, metadata: { ...made.metadata, name, labels }, status: { phase } } };
};

const next = async (lines: AsyncIterator<string>): Promise<unknown> => JSON.parse((await lines.next()).value);

test('both sockets are for their users only, and take the place of those of an earlier daemon', async (t) => {
  const { run, start, call } = await startHost(t);
  t.equal(statSync(join(run, 'admin.sock')).mode & 0o777, 0o600);
  t.ok([0o600, 0o660].includes(statSync(join(run, 'bootlet.sock')).mode & 0o777));

  const again = await start();
  t.equal((await call('/livez')).body, 'ok');
  await again.close();
});

test('when the second socket cannot be served, the first is not left open', async (t) => {
  const { run, start, call } = await startHost(t);
  rmSync(join(run, 'admin.sock'));
  mkdirSync(join(run, 'admin.sock'));
  await t.rejects(start());
  await t.rejects(call('/livez'), { code: 'ECONNREFUSED' });
});

test('the daemon tells its health and its version', async (t) => {
  const { call, state } = await startHost(t);
  t.match(await call('/livez'), { status: 200, body: 'ok' });
  t.match(await call('/readyz'), { status: 200, body: 'ok' });
  state.ready = false;
  t.equal((await call('/readyz')).status, 503);
  t.match((await call('/version')).json(), { major: '1', gitVersion: /^v1\.\d+\.\d+\+bootlet\.1$/ });
});

test('pods are a PodList whose items carry the version of the store', async (t) => {
  const { call, pods, store } = await startHost(t);
  pods.put('default/a', pod('a', { labels: { app: 'web' } }));
  pods.put('default/b', pod('b', { phase: 'Pending' }));
  t.match((await call('/api/v1/pods')).json(), {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(store.version) },
    items: [{ kind: 'Pod', metadata: { name: 'a', resourceVersion: /^\d+$/ } }, { metadata: { name: 'b' } }],
  });
  const names = async (query: string) =>
    ((await call(`/api/v1/namespaces/default/pods?${query}`)).json() as { items: Pod[] }).items.map(
      (p) => p.metadata.name,
    );
  t.same(await names('labelSelector=app%3Dweb'), ['a']);
  t.same(await names('fieldSelector=status.phase%3DPending'), ['b']);
  t.same(((await call('/api/v1/namespaces/other/pods')).json() as { items: Pod[] }).items, []);
  t.match((await call('/api/v1/namespaces/default/pods/b')).json(), { kind: 'Pod', metadata: { name: 'b' } });
});

test('every failure is a Status with reason, code and details', async (t) => {
  const { call } = await startHost(t);
  t.match((await call('/api/v1/namespaces/default/pods/x')).json(), {
    kind: 'Status',
    status: 'Failure',
    reason: 'NotFound',
    code: 404,
    message: 'pods "x" not found',
    details: { name: 'x', kind: 'pods' },
  });
  t.match((await call('/api/v1/nothing')).json(), { kind: 'Status', reason: 'NotFound', code: 404 });
  t.match((await call('/api/v1/pods?labelSelector=a(b')).json(), { reason: 'BadRequest', code: 400 });
  t.match((await call('/api/v1/pods?watch=1&resourceVersion=x')).json(), { reason: 'BadRequest', code: 400 });
});

test('a Table has the columns that kubectl prints, with the metadata of each row', async (t) => {
  const { call, pods } = await startHost(t);
  pods.put('default/a', pod('a'));
  const table = (await call('/api/v1/pods', { accept: `${TABLE},application/json` })).json();
  t.match(table, {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    columnDefinitions: [{ name: 'Name' }, { name: 'Ready' }, { name: 'Status' }, { name: 'Restarts' }, { name: 'Age' }],
    rows: [{ cells: ['a', '0/1', 'Running', '0'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
  });
});

test('a watch tells what is there and then each change; in Tables, the columns come once', async (t) => {
  const { watch, pods } = await startHost(t);
  pods.put('default/a', pod('a'));
  const plain = await watch('/api/v1/pods?watch=1');
  const tables = await watch('/api/v1/pods?watch=true', TABLE);
  t.match(await next(plain), { type: 'ADDED', object: { kind: 'Pod', metadata: { name: 'a' } } });
  pods.put('default/a', pod('a', { phase: 'Failed' }));
  pods.remove('default/a');
  t.match(await next(plain), { type: 'MODIFIED', object: { status: { phase: 'Failed' } } });
  t.match(await next(plain), { type: 'DELETED', object: { metadata: { name: 'a' } } });
  t.match(await next(tables), { type: 'ADDED', object: { columnDefinitions: [{ name: 'Name' }], rows: [{}] } });
  t.notMatch(await next(tables), { object: { columnDefinitions: [] } });
});

test('a watch from a version that is not known is told to list again', async (t) => {
  const { watch } = await startHost(t);
  const lines = await watch('/api/v1/pods?watch=1&resourceVersion=999');
  t.match(await next(lines), { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  t.equal((await lines.next()).done, true);
});

test('a watch that an earlier daemon began is told to list again, of pods and of events', async (t) => {
  const before = Date.now() - 1;
  const { watch, pods, events } = await startHost(t);
  pods.put('default/a', pod('a'));
  events.report({ type: 'Normal', reason: 'Started', message: '', subject: { kind: 'Pod', name: 'a' } });
  for (const resource of ['pods', 'events']) {
    const lines = await watch(`/api/v1/${resource}?watch=1&resourceVersion=${before}`);
    t.match(await next(lines), { type: 'ERROR', object: { code: 410 } }, resource);
  }
});

test('a client that does not read its watch is cut off, and others go on', async (t) => {
  const { run, watch, pods } = await startHost(t);
  const lazy = connect(join(run, 'bootlet.sock')).pause();
  const cut = new Promise((resolve) => lazy.once('close', resolve));
  lazy.on('error', () => undefined);
  lazy.write('GET /api/v1/pods?watch=1 HTTP/1.1\r\nhost: x\r\n\r\n');
  const eager = await watch('/api/v1/pods?watch=1');
  const filler = { filler: 'x'.repeat(200_000) };
  for (let i = 0; i < 60; i++) {
    const { pod: made } = pod('a', { phase: `phase-${i}` });
    pods.put('default/a', { pod: { ...made, metadata: { ...made.metadata, annotations: filler } } });
    t.match(await next(eager), { object: { status: { phase: `phase-${i}` } } });
  }
  lazy.resume();
  await cut;
});

test('events are v1 Events, of which a repeat is a change', async (t) => {
  const { call, watch, events } = await startHost(t);
  const report = () =>
    events.report({
      type: 'Warning',
      reason: 'BackOff',
      message: 'again',
      subject: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'u' },
    });
  report();
  report();
  const list = (await call('/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Da')).json();
  t.match(list, {
    kind: 'EventList',
    items: [
      {
        count: 2,
        reason: 'BackOff',
        involvedObject: { kind: 'Pod', name: 'a', uid: 'u' },
        source: { component: 'bootlet', host: 'n' },
      },
    ],
  });
  const lines = await watch('/api/v1/events?watch=1');
  t.match(await next(lines), { type: 'ADDED', object: { count: 2 } });
  report();
  t.match(await next(lines), { type: 'MODIFIED', object: { count: 3 } });
});

test('a log is that of the only container, of the one before it, or of the one that is named', async (t) => {
  const { call, pods, containers, asked } = await startHost(t);
  const path = '/api/v1/namespaces/default/pods/a/log';
  pods.put('default/a', pod('a'));
  t.match((await call(path)).json(), { code: 400, message: 'container "main" in pod "a" is waiting to start' });
  containers.put('c0', aRun({ id: 'c0', attempt: 0 }));
  containers.put('c1', aRun({ id: 'c1', attempt: 1 }));
  t.match(await call(`${path}?tailLines=5&timestamps=true`), { status: 200, body: 'one\ntwo\n' });
  await call(`${path}?container=main&previous=true&sinceSeconds=10`);
  t.match(asked, [
    { id: 'c1', options: { tail: 5, timestamps: true, follow: false } },
    { id: 'c0', options: { timestamps: false } },
  ]);
  t.match((await call(`${path}?container=other`)).json(), { code: 400, message: /container other is not valid/ });
});

test('following a log ends in the runtime when the client goes', async (t) => {
  const { watch, pods, containers, asked } = await startHost(t);
  pods.put('default/a', pod('a'));
  containers.put('c0', aRun({ id: 'c0' }));
  const lines = await watch('/api/v1/namespaces/default/pods/a/log?follow=true');
  t.equal((await lines.next()).value, 'one');
  const signal = asked[0]?.options.signal;
  const aborted = new Promise((resolve) => signal?.addEventListener('abort', resolve));
  lines.close();
  await aborted;
  t.equal(signal?.aborted, true);
});

test('only the admin socket restarts, stops and starts a pod', async (t) => {
  const { call, pods, done } = await startHost(t);
  pods.put('default/a', pod('a'));
  for (const action of ['restart', 'stop', 'start']) {
    const path = `/apis/bootlet.io/v1alpha1/namespaces/default/pods/a/${action}`;
    t.equal((await call(path, { method: 'POST' })).status, 404);
    t.same(done.splice(0), []);
    t.match((await call(path, { method: 'POST', socket: 'admin.sock' })).json(), { kind: 'Status', status: 'Success' });
    t.same(done.splice(0), [`${action} default/a`]);
    t.equal((await call(path.replace('/a/', '/b/'), { method: 'POST', socket: 'admin.sock' })).status, 404);
  }
});

test('the metrics count pods by phase and the process itself', async (t) => {
  const { call, pods } = await startHost(t);
  pods.put('default/a', pod('a'));
  pods.put('default/b', pod('b'));
  const { body } = await call('/metrics');
  t.match(body, /^bootlet_pods\{phase="Running"\} 2$/m);
  t.match(body, /^process_resident_memory_bytes \d+$/m);
  pods.remove('default/b');
  t.match((await call('/metrics')).body, /^bootlet_pods\{phase="Running"\} 1$/m);
});

test('the status is a Status with conditions', async (t) => {
  const { call } = await startHost(t);
  t.match((await call('/apis/bootlet.io/v1alpha1/status')).json(), {
    apiVersion: 'bootlet.io/v1alpha1',
    kind: 'Status',
    metadata: { name: 'n' },
    conditions: [{ type: 'RuntimeReady', status: 'Unknown', lastTransitionTime: String }],
  });
});
