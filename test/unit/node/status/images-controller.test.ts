import { test } from 'tap';
import { hostImagesType, registrationType } from '../../../../daemon/node/resources.ts';
import { imagesController } from '../../../../daemon/node/status/images-controller.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { runtimeStateType } from '../../../../daemon/runtime/resources.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('the images of a registered host are listed once a minute, and not while the runtime is not ready', async (t) => {
  const store = new Store();
  const clock = new FakeClock();
  const asked: number[] = [];
  const images = async () => {
    asked.push(clock.now());
    return [{ id: 'i', names: ['a:1'], digests: [], sizeBytes: 7 }];
  };
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  engine.add(imagesController({ nodeName: 'n1', runtime: { images }, clock }));
  const runtimes = store.claim(runtimeStateType, 'test');
  const answers = (ready: boolean) =>
    runtimes.put('docker', { name: 'docker', version: '', apiVersion: '', ready, message: '', listed: true });
  engine.start();
  answers(true);
  await clock.advance(60_000);
  t.same(asked, [], 'nobody wants to know yet');
  store.claim(registrationType, 'test').put('n1', { state: 'registered', uid: 'u' });
  await clock.advance(60_000);
  t.same(asked, [60_000, 120_000]);
  t.same(store.get(hostImagesType, 'n1'), [{ names: ['a:1'], sizeBytes: 7 }]);
  answers(false);
  await clock.advance(120_000);
  t.equal(asked.length, 2);
});
