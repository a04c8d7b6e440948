import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

/**
 * Tells who asks, over TCP and UDP: `echo.ts serve PORT`. Asks: `echo.ts ask tcp|udp ADDRESS PORT [LOCAL-PORT]`, and prints the
 * address from which the server saw the question, `ADDRESS PORT`.
 */
const [mode, ...args] = process.argv.slice(2);
const LIMIT_MS = 3000;

const serve = (port: number): void => {
  const tcp = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(`${socket.remoteAddress} ${socket.remotePort}`);
  });
  const udp = createSocket('udp6');
  udp.on('message', (_, { address, port: from }) => udp.send(`${address} ${from}`, from, address));
  tcp.listen(port, '::', () => udp.bind(port, '::', () => process.stdout.write('serving\n')));
};

const ask = (protocol: string, address: string, port: number, localPort: number): void => {
  setTimeout(() => {
    process.stderr.write('no answer\n');
    process.exit(1);
  }, LIMIT_MS).unref();
  const tell = (answer: unknown): void => void process.stdout.write(String(answer).replace('::ffff:', ''));
  if (protocol === 'tcp') {
    connect({ host: address, port })
      .on('data', tell)
      .on('error', (error) => {
        process.stderr.write(`${error.message}\n`);
        process.exitCode = 1;
      });
    return;
  }
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (answer) => {
    tell(answer);
    socket.close();
  });
  socket.bind(localPort, () => socket.send('who', port, address));
};

const [first = '', address = '', port = '', localPort = '0'] = args;
if (mode === 'serve') serve(Number(first));
else ask(first, address, Number(port), Number(localPort));
