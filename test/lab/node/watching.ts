import { pino } from 'pino';
import { ApiserverSession } from '../../../daemon/node/apiserver/session.ts';
import { nodeMeters } from '../../../daemon/node/meters.ts';
import { sessionType } from '../../../daemon/node/resources.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { apiserverCertificate } from '../../support/apiserver-certificate.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fakeApiserver } from '../fake-apiserver.ts';

/**
 * A program for a network namespace of its own: a server, and a session with one watch at it. It says at which port, and
 * when and how the watch ended. Time stands still for the session: only the kernel can tell it that the server is gone.
 */
const { certificate, caPem } = await apiserverCertificate();
const server = await fakeApiserver({ teardown: () => undefined }, { certificate });
server.answer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(`${JSON.stringify({ type: 'BOOKMARK', object: {} })}\n`);
});
const session = new ApiserverSession({
  ...{ nodeName: 'n', clock: new FakeClock(), random: () => 0, log: pino({ enabled: false }), ...nodeMeters() },
  sessions: new Store().claim(sessionType, 'session'),
});
session.use({ servers: [server.url], caPem, identity: { kind: 'none' } });
try {
  for await (const _ of session.watch('/api/v1/nodes', {}, new AbortController().signal)) {
    console.log(`watching ${server.port}`);
  }
  console.log('ended without an error');
} catch (error) {
  console.log(`ended with ${error instanceof Error ? error.message : ''}`);
}
process.exit();
