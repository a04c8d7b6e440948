import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';

const cli = join(import.meta.dirname, '../../../daemon/cli.ts');

test('SIGINT ends a command with 130, also one about a pod called run', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bl-cli-'));
  const socket = join(dir, 's');
  const server = createServer().listen(socket);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true });
  });
  await once(server, 'listening');
  const asked = once(server, 'request');
  const child = spawn(process.execPath, [cli, '--socket', socket, 'logs', 'run']);
  const ended = once(child, 'exit');
  await asked;
  child.kill('SIGINT');
  t.same(await ended, [130, null]);
});
