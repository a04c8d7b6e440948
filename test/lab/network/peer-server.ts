import { createServer } from 'node:net';

/** `peer-server.ts PORT`: answers each TCP connection with the address that it comes from, and closes it. */
createServer((socket) => {
  socket.on('error', () => undefined);
  socket.end(`${socket.remoteAddress?.replace(/^::ffff:/, '')}\n`);
}).listen(Number(process.argv[2]), '::', () => process.stdout.write('listening\n'));
