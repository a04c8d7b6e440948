import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type Test, test } from 'tap';
import { newApp } from '../../../daemon/api/app.ts';
import { serveExec } from '../../../daemon/api/exec.ts';
import { channel, EXEC_UPGRADE, frameOf, framesOf } from '../../../daemon/api/exec-frames.ts';
import { podCollection } from '../../../daemon/api/pods.ts';
import { clientOf } from '../../../daemon/commands/client.ts';
import { containerType, podStatusType } from '../../../daemon/pods/resources.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { openExec } from '../../../daemon/runtime/docker/exec-session.ts';
import type { ContainerRuntime, ExecSession } from '../../../daemon/runtime/runtime.ts';
import { until } from '../../lab/until.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aPod, aRun } from '../../support/pod-builders.ts';
import { stateFolder } from '../../support/state-folder.ts';

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined };
const PATH = '/api/v1/namespaces/default/pods/web-n/exec';
/** Header and data of a frame that Docker sends. */
const OUTPUT = Buffer.from('\x01\0\0\0\0\0\0\x03out');
/** More than all that is between a client and a command can hold. */
const LONG = Buffer.alloc(1024 * 1024, 'y');

/** Serves a pod of a Docker whose commands read none of their input, and that closes each connection as it is told. */
const aServer = async (t: Test, close: (connection: Socket) => void) => {
  const folder = stateFolder(t);
  let stuck: Promise<unknown> = Promise.resolve();
  const docker = createServer({ pauseOnConnect: true }, (connection) => {
    // That it is reset is the point.
    connection.on('error', () => undefined);
    stuck.then(
      () => close(connection),
      (error) => connection.destroy(error),
    );
  }).listen(join(folder, 'docker.sock'));
  t.teardown(() => docker.close());
  await once(docker, 'listening');

  const engine = {
    call: async ({ method }: { readonly method: string }) => ({
      status: 200,
      body: method === 'POST' ? { Id: 'e1' } : { Running: false, Pid: 1, ExitCode: 7 },
    }),
    stream: () => Promise.reject(new Error('nothing is streamed')),
    upgrade: async () => {
      const connection = connect(join(folder, 'docker.sock'));
      stuck = until(() => connection.writableNeedDrain, { what: 'more input than the command takes' });
      await once(connection, 'connect');
      return connection;
    },
  };
  const processes = { list: () => [], cgroupOf: () => '', environmentOf: () => [], parentOf: () => 0, kill: () => {} };
  return serving(t, folder, (id, options) => openExec({ engine, clock: new FakeClock(), processes }, id, options));
};

/** Serves a pod in whose container commands are opened so. */
const serving = async (t: Test, folder: string, open: ContainerRuntime['openExec']) => {
  const store = new Store();
  store.claim(podStatusType, 'test').put('default/web-n', { pod: aPod() });
  store.claim(containerType, 'test').put('c1', aRun({ id: 'c1' }));
  const app = newApp(silent);
  serveExec(app, {
    pods: podCollection(store),
    store,
    runtime: { openExec: open },
    log: silent,
  });
  await app.listen({ path: join(folder, 'admin.sock') });
  t.teardown(() => app.close());
  const client = clientOf(join(folder, 'bootlet.sock'));
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) =>
      app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    );
  return {
    open: (path: string, withinMs?: number) => client.upgrade(path, EXEC_UPGRADE, withinMs),
    connections,
  };
};

/** Gives a command more input than it takes. Resolves with what came of it. */
const pour = async ({ open }: Awaited<ReturnType<typeof aServer>>) => {
  const connection = await open(`${PATH}?command=head&stdin=true`);
  const frame = frameOf(channel.stdin, LONG);
  for (let i = 0; i < 4; i++) connection.write(frame);
  let output = '';
  for await (const { channel: of, data } of framesOf(connection)) {
    if (of === channel.stdout) output += Buffer.from(data).toString();
    if (of === channel.status) return { output, status: JSON.parse(Buffer.from(data).toString()) };
  }
  return { output };
};

const exitedWith7 = { output: 'out', status: { details: { causes: [{ reason: 'ExitCode', message: '7' }] } } };

test('a command that ends before its input does leaves no connection behind', async (t) => {
  const server = await aServer(t, (connection) => connection.end(OUTPUT));
  t.match(await pour(server), exitedWith7);
  await until(async () => (await server.connections()) === 0, { what: 'no connection' });
});

test('a command that Docker ends by a reset, its input unread, keeps its output and exit code', async (t) => {
  const server = await aServer(t, (connection) => connection.write(OUTPUT, () => connection.destroy()));
  t.match(await pour(server), exitedWith7);
  await until(async () => (await server.connections()) === 0, { what: 'no connection' });
});

test('a command whose client goes away while it is being started is killed all the same', async (t) => {
  const opened = Promise.withResolvers<ExecSession>();
  const { open } = await serving(t, stateFolder(t), () => opened.promise);
  await t.rejects(open(`${PATH}?command=sleep`, 50), { code: 'E_TIMEOUT' });
  const closed = Promise.withResolvers<void>();
  const output = new PassThrough();
  opened.resolve({
    input: new PassThrough(),
    output: output.map((data: Buffer) => ({ stream: 'stdout', data })),
    resize: async () => undefined,
    exitCode: async () => 0,
    close: async () => closed.resolve(),
  });
  await closed.promise;
  output.destroy();
});

test('a path that is no path is the client’s mistake', async (t) => {
  const { open } = await aServer(t, (connection) => connection.destroy());
  await t.rejects(open('/api/v1/namespaces/%zz/pods/web-n/exec?command=true'), { code: 'E_USAGE' });
});

test('a command too long for a request is refused as any other', async (t) => {
  const { open } = await aServer(t, (connection) => connection.destroy());
  await t.rejects(open(`${PATH}?command=${'x'.repeat(20_000)}`), { code: 'E_USAGE', message: /overflow/i });
});

test('a daemon that takes a call and does not upgrade it is not waited for without end', async (t) => {
  const folder = stateFolder(t);
  const hung = createServer().listen(join(folder, 'admin.sock'));
  t.teardown(() => hung.close());
  await once(hung, 'listening');
  await t.rejects(clientOf(join(folder, 'bootlet.sock')).upgrade(PATH, EXEC_UPGRADE, 50), { code: 'E_TIMEOUT' });
});
