import { STAY, shell } from '../../support/pod-host.ts';

/** A static pod in a state that lasts. */
export interface LikenessCase {
  readonly manifest: string;
  /** Part of what its status then says; the rest is the kubelet's to tell. */
  readonly settled: Readonly<Record<string, string>>;
}

/** Whether it is to have come far before its deadline: such a pod must not compete with many for its start. */
export const isTimed = ({ manifest }: LikenessCase): boolean => manifest.includes('activeDeadlineSeconds');

type Spec = Readonly<Record<string, unknown>>;

const image = { image: 'lab/busybox:1', imagePullPolicy: 'Never' };
const stays = { ...image, command: shell(STAY) };
const does = (script: string) => ({ ...image, command: shell(script) });
const execProbe = (command: string) => ({ exec: { command: [command] }, periodSeconds: 1, failureThreshold: 1000 });

const of = (name: string, settled: LikenessCase['settled'], spec: Spec): readonly [string, LikenessCase] => {
  const metadata = { name, labels: { case: name } };
  const whole = { terminationGracePeriodSeconds: 1, ...spec };
  return [name, { manifest: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: whole }), settled }];
};

const main = (container: Spec) => ({ containers: [{ name: 'main', ...container }] });

/**
 * By pod, what it is and how its containers are at last: the state, or the reason for the state. What a pod's containers
 * can do to its status, one pod for each.
 */
export const likenessCases: ReadonlyMap<string, LikenessCase> = new Map([
  of(
    'two',
    { zeta: 'running', alpha: 'running' },
    {
      containers: [
        { name: 'zeta', ...stays },
        { name: 'alpha', ...stays },
      ],
    },
  ),
  of('host', { main: 'running' }, { hostNetwork: true, ...main(stays) }),
  of(
    'inits',
    { main: 'running', side: 'running', second: 'Completed' },
    {
      initContainers: [
        { name: 'z-first', ...does('echo done') },
        { name: 'second', ...does('echo done') },
        { name: 'side', ...stays, restartPolicy: 'Always' },
      ],
      ...main(stays),
    },
  ),
  of(
    'init-runs',
    { first: 'running' },
    {
      initContainers: [
        { name: 'first', ...stays },
        { name: 'then', ...stays },
      ],
      ...main(stays),
    },
  ),
  of(
    'init-failed',
    { first: 'Error', main: 'PodInitializing' },
    { restartPolicy: 'Never', initContainers: [{ name: 'first', ...does('exit 3') }], ...main(stays) },
  ),
  of(
    'sidecar-starts',
    { side: 'running', main: 'PodInitializing' },
    {
      initContainers: [{ name: 'side', ...stays, restartPolicy: 'Always', startupProbe: execProbe('false') }],
      ...main(stays),
    },
  ),
  of(
    'sidecar-of-job',
    { side: 'Completed', main: 'Completed' },
    {
      restartPolicy: 'Never',
      initContainers: [{ name: 'side', ...stays, restartPolicy: 'Always' }],
      ...main(does('exit 0')),
    },
  ),
  of('done', { main: 'Completed' }, { restartPolicy: 'Never', ...main(does('exit 0')) }),
  of(
    'failed',
    { main: 'Error', good: 'Completed' },
    {
      restartPolicy: 'Never',
      containers: [
        { name: 'main', ...does('echo last words > /dev/termination-log; exit 4') },
        { name: 'good', ...does('exit 0') },
      ],
    },
  ),
  of(
    'half-done',
    { main: 'running', good: 'Completed' },
    {
      restartPolicy: 'OnFailure',
      containers: [
        { name: 'main', ...stays },
        { name: 'good', ...does('exit 0') },
      ],
    },
  ),
  of('crashes', { main: 'CrashLoopBackOff' }, main(does('echo last words > /dev/termination-log; exit 7'))),
  of(
    'past-deadline',
    { main: 'Completed' },
    { activeDeadlineSeconds: 20, ...main(stays), terminationGracePeriodSeconds: 5 },
  ),
  of(
    'past-deadline-unstarted',
    { main: 'ContainerStatusUnknown' },
    { activeDeadlineSeconds: 20, ...main({ ...stays, image: 'lab/absent:1' }) },
  ),
  of(
    'past-deadline-crashing',
    { main: 'ContainerStatusUnknown' },
    { activeDeadlineSeconds: 20, ...main(does('exit 1')) },
  ),
  of(
    'past-deadline-in-init',
    { first: 'ContainerStatusUnknown' },
    {
      activeDeadlineSeconds: 20,
      initContainers: [
        { name: 'first', ...stays, image: 'lab/absent:1' },
        { name: 'then', ...stays },
      ],
      ...main(stays),
    },
  ),
  of(
    'no-image',
    { main: 'ImagePullBackOff' },
    main({ ...stays, image: '127.0.0.1:1/absent:1', imagePullPolicy: 'Always' }),
  ),
  of('never-pulled', { main: 'ErrImageNeverPull' }, main({ ...stays, image: 'lab/absent:1' })),
  of('no-image-name', { main: 'InvalidImageName' }, main({ ...stays, image: 'Lab/Bad:1' })),
  of(
    'root-refused',
    { main: 'CreateContainerConfigError' },
    main({ ...stays, securityContext: { runAsNonRoot: true } }),
  ),
  of('no-command', { main: 'CrashLoopBackOff' }, main({ ...image, command: ['/no/such/file'] })),
  of(
    'unready',
    { main: 'running', ok: 'running' },
    {
      containers: [
        { name: 'main', ...stays, readinessProbe: execProbe('false') },
        { name: 'ok', ...stays, readinessProbe: execProbe('true') },
      ],
    },
  ),
  of('starts', { main: 'running' }, main({ ...stays, startupProbe: execProbe('false') })),
  of('gated', { main: 'running' }, { readinessGates: [{ conditionType: 'example.com/open' }], ...main(stays) }),
  of(
    'sized',
    { main: 'running', limits: 'running', none: 'running' },
    {
      containers: [
        {
          name: 'main',
          ...stays,
          resources: { requests: { cpu: '0.1', memory: '64Mi' }, limits: { memory: '0.125Gi' } },
        },
        { name: 'limits', ...stays, resources: { limits: { cpu: '0.250', memory: '67108864' } } },
        { name: 'none', ...stays },
      ],
    },
  ),
  of('guaranteed', { main: 'running' }, main({ ...stays, resources: { limits: { cpu: '100m', memory: '64Mi' } } })),
  of(
    'volumes',
    { main: 'running' },
    {
      securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, supplementalGroups: [3000] },
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'host', hostPath: { path: '/tmp' } },
        { name: 'info', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      ],
      ...main({
        ...stays,
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'host', mountPath: '/host', readOnly: true },
          { name: 'info', mountPath: '/info' },
        ],
      }),
    },
  ),
  of(
    'no-volume',
    { main: 'ContainerCreating' },
    {
      volumes: [{ name: 'host', hostPath: { path: '/nowhere/at/all', type: 'Directory' } }],
      ...main({ ...stays, volumeMounts: [{ name: 'host', mountPath: '/host' }] }),
    },
  ),
  of(
    'host-namespaces',
    { main: 'running' },
    {
      hostPID: true,
      hostIPC: true,
      hostname: 'h',
      subdomain: 's',
      ...main({ ...stays, ports: [{ containerPort: 80 }] }),
    },
  ),
]);
