import { test } from 'tap';
import { qosClassOf } from '../../../../daemon/pods/status/qos.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

const classOf = (...resources: NonNullable<ReturnType<typeof aContainer>['resources']>[]): string =>
  qosClassOf(aPod({ containers: resources.map((r, i) => aContainer(`c${i}`, { resources: r })) }));

const whole = { limits: { cpu: '1', memory: '1Gi' } };

test('a pod that asks for nothing is best effort', async (t) => {
  t.equal(classOf({}), 'BestEffort');
  t.equal(classOf({ requests: { cpu: '0' } }), 'BestEffort');
});

test('a pod is guaranteed when every container has limits for both and asks for no less', async (t) => {
  t.equal(classOf(whole), 'Guaranteed');
  t.equal(classOf({ ...whole, requests: { cpu: '1000m', memory: '1024Mi' } }), 'Guaranteed');
});

test('anything between is burstable', async (t) => {
  t.equal(classOf(whole, {}), 'Burstable');
  t.equal(classOf({ limits: { cpu: '1' } }), 'Burstable');
  t.equal(classOf({ ...whole, requests: { cpu: '500m' } }), 'Burstable');
});

test('what the pod itself says counts instead of its containers', async (t) => {
  const containers = [aContainer('main', { resources: whole })];
  t.equal(qosClassOf(aPod({ containers, resources: { requests: { cpu: '2' } } })), 'Burstable');
  t.equal(qosClassOf(aPod({ containers: [aContainer()], resources: whole })), 'Guaranteed');
  t.equal(qosClassOf(aPod({ containers, resources: {} })), 'Guaranteed', 'it says nothing');
  t.equal(qosClassOf(aPod({ containers, resources: { limits: {}, requests: {} } })), 'Guaranteed');
});
