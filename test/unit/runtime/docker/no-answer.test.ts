import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { DockerEngine } from '../../../../daemon/runtime/docker/engine.ts';
import { engineState } from '../../../../daemon/runtime/docker/engine-state.ts';
import { answeringWithin } from '../../../../daemon/runtime/docker/no-answer.ts';
import { sandboxesOn, subnetsOn } from '../../../../daemon/runtime/docker/sandboxes.ts';
import { silentSocket } from '../../../lab/silent-socket.ts';

const LIMIT_MS = 100;
/** Of a slow machine, and far below what a call may take that has no limit of its own. */
const IN_TIME_MS = 20_000;

const silentEngine = async (t: Test): Promise<DockerEngine> => {
  // A socket's path is short.
  const folder = await mkdtemp(join(tmpdir(), 'bl-silent-'));
  const path = join(folder, 'docker.sock');
  const close = await silentSocket(path);
  const engine = new DockerEngine(`unix://${path}`);
  t.teardown(async () => {
    await engine.close();
    await close();
    await rm(folder, { recursive: true });
  });
  return engine;
};

test('an engine that is asked for a limited time fails once that is over, also before its version is known', async (t) => {
  const engine = answeringWithin(await silentEngine(t), LIMIT_MS);
  const from = performance.now();
  await t.rejects(engine.call({ method: 'GET', path: '/info' }), { code: 'E_TIMEOUT', message: /within 0\.1 s/ });
  t.ok(performance.now() - from < IN_TIME_MS);
});

test('a Docker whose socket takes calls that nobody answers does not answer', async (t) => {
  const engine = await silentEngine(t);
  t.equal(await engineState(engine, { limitMs: LIMIT_MS }), undefined);
  t.equal(await sandboxesOn(engine, 'cbr0', LIMIT_MS), undefined);
  t.equal(await subnetsOn(engine, 'cbr0', LIMIT_MS), undefined);
});
