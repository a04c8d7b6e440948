import { test } from 'tap';
import { ImagePuller } from '../../../../daemon/pods/images/pull.ts';
import { Semaphore } from '../../../../daemon/reconcile/semaphore.ts';
import type { ContainerRuntime, PullProgress } from '../../../../daemon/runtime/runtime.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const EXTRACTING: PullProgress = { downloadedBytes: 10, totalBytes: 10, message: 'Extracting' };

/** A pull that goes on until it is given up; `step` is what the runtime says in between. */
const aPull = () => {
  const clock = new FakeClock();
  let step: () => void = () => undefined;
  const pull: ContainerRuntime['pull'] = (_reference, _auth, onProgress, signal) => {
    step = () => onProgress(EXTRACTING);
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  const puller = new ImagePuller({
    runtime: { pull },
    credentials: async () => undefined,
    limit: new Semaphore(1),
    clock,
  });
  const outcome = puller.pull('app:1', () => undefined).catch((error: unknown) => error);
  return { clock, outcome, step: () => step() };
};

test('a pull is given up when nothing happened for a minute', async (t) => {
  const { clock, outcome } = aPull();
  await clock.advance(60_000);
  t.match(await outcome, { code: 'E_IMAGE_PULL', message: /made no progress/ });
});

test('a pull goes on while a layer is extracted, although nothing more is downloaded', async (t) => {
  const { clock, outcome, step } = aPull();
  for (let minute = 0; minute < 5; minute++) {
    await clock.advance(59_000);
    step();
  }
  await clock.advance(59_000);
  t.equal(await Promise.race([outcome, 'under way']), 'under way');
  await clock.advance(1_000);
  t.match(await outcome, { code: 'E_IMAGE_PULL' });
});
