import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'tap';
import { childEnvironment } from '../../../daemon/host/child-environment.ts';
import { systemdNotify, watchdogInterval } from '../../../daemon/host/sd-notify.ts';
import { scratchFolder } from '../../support/file-source.ts';
import { missing } from '../../support/requires.ts';

test('systemd is told what was asked', { skip: missing('systemd-notify', 'python3') }, async (t) => {
  const socket = join(scratchFolder(t), 'notify');
  // Node has no unix datagrams to listen with either.
  const listen = `import socket,sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdout.write(s.recv(4096).decode())`;
  const listener = spawn('python3', ['-c', listen, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => listener.kill());
  await once(listener.stdout, 'data');
  const told = once(listener.stdout, 'data');
  await systemdNotify({ ...process.env, NOTIFY_SOCKET: socket })('READY=1', 'STATUS=3 pods');
  t.equal(String((await told)[0]).trim(), 'READY=1\nSTATUS=3 pods');
});

test('without a notify socket nothing is done', async (t) => {
  await t.resolves(systemdNotify({ PATH: '/nowhere' })('READY=1'));
});

test('a notification that cannot be sent is an error', async (t) => {
  await t.rejects(systemdNotify({ PATH: '/nowhere', NOTIFY_SOCKET: '/nowhere/notify' })('READY=1'));
});

test('the watchdog is fed twice as often as it looks', async (t) => {
  t.equal(watchdogInterval({ WATCHDOG_USEC: '30000000' }), 15_000);
  t.equal(watchdogInterval({}), undefined);
});

test('children get neither the notify socket nor the sockets passed to the daemon', async (t) => {
  const own = {
    PATH: '/bin',
    NOTIFY_SOCKET: 'x',
    WATCHDOG_USEC: '1',
    LISTEN_FDS: '1',
    LISTEN_PID: '2',
    LISTEN_FDNAMES: 'x',
  };
  t.same(childEnvironment(own), { PATH: '/bin' });
});
