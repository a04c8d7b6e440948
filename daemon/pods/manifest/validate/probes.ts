import { headerName } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkPortNumber, checkPortReference } from './ports.ts';
import { stopSignals } from './signals.ts';

type Handler = Pick<Draft<'Probe'>, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> &
  Pick<Draft<'LifecycleHandler'>, 'sleep'>;

const schemes = ['HTTP', 'HTTPS'];
const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

export interface PodContext {
  /** Seconds. */
  readonly gracePeriod: number;
  readonly os: string | undefined;
}

export const checkProbes = (container: Draft<'Container'>, pod: PodContext, at: Field, issues: Issues): void => {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  if (livenessProbe) checkKillingProbe(livenessProbe, pod, at.child('livenessProbe'), issues);
  if (startupProbe) checkKillingProbe(startupProbe, pod, at.child('startupProbe'), issues);
  if (!readinessProbe) return;
  checkProbe(readinessProbe, pod, at.child('readinessProbe'), issues);
  const grace = readinessProbe.terminationGracePeriodSeconds;
  if (grace !== undefined)
    issues.invalid(
      at.child('readinessProbe', 'terminationGracePeriodSeconds'),
      grace,
      'has no meaning: a readiness probe kills nothing',
    );
};

const checkKillingProbe = (probe: Draft<'Probe'>, pod: PodContext, at: Field, issues: Issues): void => {
  checkProbe(probe, pod, at, issues);
  if (probe.successThreshold !== 1) issues.invalid(at.child('successThreshold'), probe.successThreshold, 'must be 1');
};

const checkProbe = (probe: Draft<'Probe'>, pod: PodContext, at: Field, issues: Issues): void => {
  checkHandler(probe, pod, at, issues);
  for (const count of counts)
    if ((probe[count] ?? 0) < 0) issues.invalid(at.child(count), probe[count], 'must not be negative');
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0)
    issues.invalid(at.child('terminationGracePeriodSeconds'), grace, 'must be more than 0');
};

/** In Kubernetes' order: of several handlers the first is checked and the others are refused. */
const handlers: readonly {
  readonly kind: keyof Handler;
  readonly check: (handler: Handler, pod: PodContext, at: Field, issues: Issues) => void;
}[] = [
  {
    kind: 'exec',
    check: ({ exec }, _, at, issues) => void (exec?.command?.length || issues.required(at.child('command'))),
  },
  { kind: 'httpGet', check: ({ httpGet }, _, at, issues) => checkHttpGet(httpGet ?? {}, at, issues) },
  {
    kind: 'tcpSocket',
    check: ({ tcpSocket }, _, at, issues) => checkPortReference(tcpSocket?.port, at.child('port'), issues),
  },
  { kind: 'grpc', check: ({ grpc }, _, at, issues) => checkPortNumber(grpc?.port ?? 0, at.child('port'), issues) },
  { kind: 'sleep', check: ({ sleep }, pod, at, issues) => checkSleep(sleep?.seconds ?? 0, pod, at, issues) },
];

const checkHandler = (handler: Handler, pod: PodContext, at: Field, issues: Issues): void => {
  const [first, ...others] = handlers.filter(({ kind }) => handler[kind] !== undefined);
  if (!first) return issues.required(at, 'needs one of exec, httpGet, tcpSocket, grpc or sleep');
  first.check(handler, pod, at.child(first.kind), issues);
  for (const { kind } of others)
    issues.forbidden(at.child(kind), `there is already ${first.kind}; only one may be given`);
};

const checkHttpGet = (get: Draft<'HTTPGetAction'>, at: Field, issues: Issues): void => {
  checkPortReference(get.port, at.child('port'), issues);
  if (!schemes.includes(get.scheme ?? '')) issues.notOneOf(at.child('scheme'), get.scheme, schemes);
  for (const header of get.httpHeaders ?? []) issues.form(at.child('httpHeaders'), header.name ?? '', headerName);
};

const checkSleep = (seconds: number, pod: PodContext, at: Field, issues: Issues): void => {
  if (seconds < 0 || seconds > pod.gracePeriod)
    issues.invalid(at, seconds, `must be between 0 and the pod's terminationGracePeriodSeconds (${pod.gracePeriod})`);
};

export const checkLifecycle = (lifecycle: Draft<'Lifecycle'>, pod: PodContext, at: Field, issues: Issues): void => {
  if (lifecycle.postStart) checkHandler(lifecycle.postStart, pod, at.child('postStart'), issues);
  if (lifecycle.preStop) checkHandler(lifecycle.preStop, pod, at.child('preStop'), issues);
  if (lifecycle.stopSignal === undefined) return;
  const known = pod.os === undefined ? undefined : stopSignals[pod.os];
  if (pod.os === undefined) issues.forbidden(at.child('stopSignal'), 'needs spec.os.name to be set');
  else if (known && !known.includes(lifecycle.stopSignal))
    issues.notOneOf(at.child('stopSignal'), lifecycle.stopSignal, known);
};
