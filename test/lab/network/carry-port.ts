import { connect, createServer } from 'node:net';

/** `carry-port.ts PORT SOCKET`: what connects to the port on the loopback of this namespace is carried to the unix socket. */
const [port, path = ''] = process.argv.slice(2);
createServer((near) => {
  const far = connect(path);
  near.on('error', () => undefined).on('close', () => far.destroy());
  far.on('error', () => undefined).on('close', () => near.destroy());
  near.pipe(far).pipe(near);
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
