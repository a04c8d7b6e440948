import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'tap';
import { ownerOf, readListeners } from '../../../daemon/host/listeners.ts';

test('a process that listens is found, with its address and its name', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const found = readListeners('/proc').find((l) => l.protocol === 'TCP' && l.port === port);
  t.match(found, { address: '127.0.0.1' });
  t.match(found && ownerOf('/proc', found), new RegExp(`\\(pid ${process.pid}\\)$`));
});

test('a UDP socket that anybody may send to is found', async (t) => {
  const socket = createSocket('udp6').bind(0, '::');
  t.teardown(() => socket.close());
  await once(socket, 'listening');
  const { port } = socket.address();
  t.match(
    readListeners('/proc').find((l) => l.protocol === 'UDP' && l.port === port),
    { address: '::' },
  );
});

test('endpoints of SCTP are read with each of their addresses; nobody is seen to have them', async (t) => {
  const proc = t.testdir();
  mkdirSync(join(proc, 'net/sctp'), { recursive: true });
  writeFileSync(
    join(proc, 'net/sctp/eps'),
    ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\nffff ffff 2 10 29 3868 0 4711 192.0.2.1 2001:db8::1 \n',
  );
  const found = readListeners(proc);
  t.same(found, [
    { protocol: 'SCTP', address: '192.0.2.1', port: 3868, inode: 4711 },
    { protocol: 'SCTP', address: '2001:db8::1', port: 3868, inode: 4711 },
  ]);
  t.equal(ownerOf(proc, { inode: 4711 }), undefined);
});
