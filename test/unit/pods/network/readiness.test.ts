import { test } from 'tap';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { planPod } from '../../../../daemon/pods/plan/plan.ts';
import { projectPod } from '../../../../daemon/pods/status/project.ts';
import type { HostPortState } from '../../../../daemon/shared-resources.ts';
import { aContainer, aPodNetwork, aRun, aSandbox, aSpec, asSeen, present } from '../../../support/pod-builders.ts';
import { aView, type ViewOptions } from '../../../support/pod-view.ts';

const waiting = { state: 'waiting', reason: 'WaitingForPodCIDR', message: 'no range yet' } as const;
const web = aSpec({
  hostNetwork: false,
  containers: [aContainer('main', { ports: [{ containerPort: 80, hostPort: 8080 }] })],
});
const images = { main: present() };

const stepsOf = (options: ViewOptions) => planPod(aView({ wanted: web, images, ...options })).steps.map((s) => s.do);

const readyToStart = (options: ViewOptions) => {
  const view = aView({ wanted: web, images, ...options });
  const input = { view, uid: web.uid, pod: asSeen(web.pod), messages: new Map() };
  const { conditions } = projectPod(input, { hostIPs: ['192.0.2.1'] }).status ?? {};
  return conditions?.find(({ type }) => type === 'PodReadyToStartContainers');
};

test('a pod gets no sandbox before there is a pod network, and says so in the kubelet’s words', async (t) => {
  t.same(stepsOf({ podNetwork: waiting }), []);
  t.same(stepsOf({ podNetwork: undefined }), []);
  t.match(readyToStart({ podNetwork: waiting }), {
    status: 'False',
    reason: 'NetworkNotReady',
    message: 'network is not ready: no range yet',
  });
  t.same(stepsOf({}), ['create-sandbox']);
});

test('a sandbox that was made is not started without a pod network', async (t) => {
  const seen = [aSandbox({ state: 'created', startedAt: 0 })];
  t.notOk(stepsOf({ seen, podNetwork: waiting }).includes('start-sandbox'));
  t.ok(stepsOf({ seen }).includes('start-sandbox'));
});

test('a pod in the host’s network does not wait for the pod network', async (t) => {
  const wanted = aSpec();
  t.same(stepsOf({ wanted, podNetwork: waiting }), ['create-sandbox']);
});

test('a pod that has its sandbox goes on when the pod network is gone', async (t) => {
  const seen = [aSandbox(), { ...aRun(), state: 'created' as const, startedAt: 0 }];
  t.same(stepsOf({ seen, podNetwork: waiting }), ['start-container']);
  t.equal(readyToStart({ seen, podNetwork: waiting })?.status, 'True');
});

const ports = [{ hostIP: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
const byRules = { [label.podNetwork]: JSON.stringify({ hostPorts: 'rules', ports }) };
const port = {
  pod: 'default/web-n',
  uid: 'uid-1',
  hostIP: '',
  hostPort: 8080,
  protocol: 'TCP' as const,
  podIPs: ['10.1.0.2'],
  containerPort: 80,
};

test('a container starts once the host ports lead to the sandbox that it starts in', async (t) => {
  const podNetwork = aPodNetwork({ hostPorts: 'rules' });
  const sandbox = aSandbox({ ips: ['10.1.0.2'], labels: byRules });
  const seen = [sandbox, { ...aRun(), state: 'created' as const, startedAt: 0 }];
  const set = (podIP: string): HostPortState => ({ state: 'set', ports: [{ ...port, podIPs: [podIP] }] });
  t.same(stepsOf({ seen, podNetwork }), []);
  t.same(stepsOf({ seen, podNetwork, hostPorts: set('10.1.0.9') }), [], 'those of an earlier sandbox');
  t.same(stepsOf({ seen, podNetwork, hostPorts: set('10.1.0.2') }), ['start-container']);
});

test('a pod whose host port is taken says by whom', async (t) => {
  const seen = [aSandbox({ ips: ['10.1.0.2'], labels: byRules })];
  const message = 'hostPort 8080/TCP is taken by nginx (pid 812)';
  const hostPorts = { state: 'refused', reason: 'HostPortConflict', message } as const;
  t.match(readyToStart({ seen, hostPorts }), { status: 'False', reason: 'HostPortConflict', message });
});

test('a sandbox that is to be renewed is ended after its containers, and then made anew', async (t) => {
  const sandbox = aSandbox({ ips: ['10.1.0.2'] });
  const seen = [sandbox, aRun()];
  const renewedSandbox = sandbox.id;
  t.match(planPod(aView({ wanted: web, seen, renewedSandbox })).steps, [{ do: 'stop', reason: 'network-changed' }]);
  t.same(stepsOf({ seen: [sandbox], renewedSandbox }), ['kill']);
  t.match(stepsOf({ seen: [aSandbox({ state: 'exited' })], renewedSandbox }), ['create-sandbox']);
  t.same(stepsOf({ seen, renewedSandbox: 'another' }), []);
});

test('a pod that is never restarted runs again in its renewed sandbox', async (t) => {
  const wanted = aSpec({ hostNetwork: false, restartPolicy: 'Never' });
  const seen = [aSandbox({ state: 'exited' }), { ...aRun(), state: 'exited' as const, exitCode: 143, finishedAt: 1 }];
  t.same(stepsOf({ wanted, seen, stops: { 'main-uid-1-0': { reason: 'network-changed' } }, images: {} }), [
    'create-sandbox',
    'request-image',
  ]);
});
