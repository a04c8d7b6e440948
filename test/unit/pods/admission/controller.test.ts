import { test } from 'tap';
import { admissionController } from '../../../../daemon/pods/admission/controller.ts';
import { PodEvents } from '../../../../daemon/pods/record/pod-events.ts';
import {
  nodePressureType,
  podAdmissionType,
  podKey,
  podSpecType,
  runtimeStateType,
} from '../../../../daemon/pods/resources.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { nodeLabelsType } from '../../../../daemon/shared-resources.ts';
import { aRuntime } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aNode, wanted } from '../../../support/pod-admission.ts';

/** A node with one wanted pod, whose runtime and labels are known. */
const aHost = (mindsPressure: boolean) => {
  const clock = new FakeClock();
  const store = new Store();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const events = new PodEvents(new EventRing(clock));
  const pod = wanted('web');
  engine.add(admissionController({ node: aNode(), mindsPressure, events }));
  store.claim(nodeLabelsType, 'test').put('n', {});
  store.claim(podSpecType, 'test').put(podKey(pod), pod);
  store.claim(runtimeStateType, 'test').put('docker', aRuntime());
  const pressures = store.claim(nodePressureType, 'test');
  engine.start();
  const press = (isPressed: boolean) => pressures.put('DiskPressure', { isPressed, reason: '', message: '' });
  const state = async () => {
    await clock.settle();
    return store.get(podAdmissionType, podKey(pod))?.state;
  };
  return { engine, press, state };
};

test('where pressure counts, nothing is decided before it is known, and all anew when it is over', async (t) => {
  const { engine, press, state } = aHost(true);
  t.equal(await state(), undefined);
  press(true);
  t.equal(await state(), 'rejected');
  press(false);
  t.equal(await state(), 'admitted');
  await engine.stop();
});

test('as static pods are critical, pressure keeps none out unless that is asked for', async (t) => {
  const { engine, press, state } = aHost(false);
  press(true);
  t.equal(await state(), 'admitted');
  await engine.stop();
});
