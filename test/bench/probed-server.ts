/** What probes ask, in a process of its own so that its work is nobody's: at the port that is given, or at any, which it tells its parent. */
import { createServer } from 'node:http';

const server = createServer((_, response) => response.end('ok'));
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());
