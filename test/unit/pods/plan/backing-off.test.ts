import { test } from 'tap';
import { isBackingOff } from '../../../../daemon/pods/plan/backing-off.ts';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { aContainer, aRun, aSandbox, aSpec, at, ended } from '../../../support/pod-builders.ts';
import { aView, type ViewOptions } from '../../../support/pod-view.ts';

const wanted = aSpec({ initContainers: [aContainer('side', { restartPolicy: 'Always' })], restartPolicy: 'Never' });
/** A sidecar that ended well after 5 s, and what follows that: a delay of so many seconds. */
const side = (delay: number) =>
  ended(aRun({ container: 'side', labels: { [label.role]: 'sidecar-0', [label.backoff]: String(delay) } }), 0, at(5));
const backsOff = (options: ViewOptions): boolean => {
  const view = aView({ wanted, ...options });
  return isBackingOff(view, wanted.pod, wanted.uid, 'side');
};

test('a sidecar that ended well backs off until its delay is over, and not at all without one', async (t) => {
  const seen = [aSandbox(), side(10), aRun()];
  t.equal(backsOff({ seen, now: at(6) }), true);
  t.equal(backsOff({ seen, now: at(15) }), false);
  t.equal(backsOff({ seen: [aSandbox(), side(0), aRun()], now: at(6) }), false);
});

test('a sidecar that runs does not back off', async (t) => {
  t.equal(backsOff({ seen: [aSandbox(), aRun({ container: 'side' }), aRun()], now: at(6) }), false);
});

test('nothing backs off in a pod that ends', async (t) => {
  const seen = [aSandbox(), side(10), ended(aRun(), 0, at(4))];
  t.equal(backsOff({ seen, now: at(6) }), false);
});
