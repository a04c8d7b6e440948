/** What the probes of `http-probe` ask, in a process of its own so that its work is nobody's: tells its parent its port. */
import { createServer } from 'node:http';

const server = createServer((_, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());
