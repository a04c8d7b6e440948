import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { BootletError, type ErrorCode, errorTable } from '../../errors.ts';
import { troubleType } from '../../reconcile/engine.ts';
import type { ResourceType } from '../../reconcile/resource.ts';
import type { Reader } from '../../reconcile/store.ts';
import { clusterNodeType, type JoinObstacle, joinStateType, registrationType, sessionType } from '../resources.ts';

export interface OutcomeOptions {
  readonly store: Reader;
  readonly nodeName: string;
  /** Told what happens, each thing once. */
  readonly onProgress: (text: string) => void;
  readonly patienceMs: number;
}

const steps: readonly ResourceType<unknown>[] = [joinStateType, sessionType, registrationType, clusterNodeType];

/**
 * Resolves with the Node once the host is registered.
 * @throws BootletError when only an administrator can help, by the code of what is in the way; E_TIMEOUT
 */
export const registrationOutcome = (options: OutcomeOptions): Promise<Node> => {
  const { store, onProgress, patienceMs } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Node>();
  const told: string[] = [];
  const tell = (text: string): void => {
    if (text === '' || told.includes(text)) return;
    told.push(text);
    onProgress(text);
  };
  const look = (): void => {
    for (const text of progressOf(options)) tell(text);
    const obstacle = lastObstacle(options);
    if (obstacle !== undefined) return reject(errorOf(obstacle));
    const node = nodeOf(options);
    if (node !== undefined) resolve(node);
  };
  const ends = steps.map((type) => store.watch(type, look));
  const timer = setTimeout(() => {
    const last = told.at(-1) ?? 'nothing was heard of the cluster';
    reject(new BootletError('E_TIMEOUT', `the host is not registered after ${patienceMs / 1000} s: ${last}`));
  }, patienceMs);
  return promise.finally(() => {
    clearTimeout(timer);
    for (const end of ends) end();
  });
};

export interface LabelsOptions extends Pick<OutcomeOptions, 'store' | 'nodeName' | 'patienceMs'> {
  /** That the registration controller has ended what it was at, which nothing makes it try again. */
  readonly settled: Promise<void>;
}

/**
 * Resolves once the labels are right of the Node that was taken, which the registration controller sees to next.
 * @throws BootletError why they could not be put right; E_TIMEOUT
 */
export const labelsOutcome = async ({ store, nodeName, patienceMs, settled }: LabelsOptions): Promise<void> => {
  const { promise: isLate, reject } = Promise.withResolvers<never>();
  const registered = `Node ${nodeName} is registered`;
  const timer = setTimeout(() => {
    reject(new BootletError('E_TIMEOUT', `${registered}, but its labels are not right after ${patienceMs / 1000} s`));
  }, patienceMs);
  try {
    await Promise.race([settled, isLate]);
  } finally {
    clearTimeout(timer);
  }
  const trouble = store.get(troubleType, `registration/${nodeName}`);
  if (trouble?.kind !== 'failing') return;
  const { code: reason = 'E_INTERNAL', hint: advice = '' } = trouble;
  throw errorOf({ reason, message: `${registered}, but its labels were not put right: ${trouble.message}`, advice });
};

type Where = Pick<OutcomeOptions, 'store' | 'nodeName'>;

const progressOf = ({ store, nodeName }: Where): readonly string[] => {
  const join = store.get(joinStateType, nodeName);
  const session = store.get(sessionType, nodeName);
  const registration = store.get(registrationType, nodeName);
  return [
    ...(join === undefined ? [] : [join.state === 'joined' ? 'the host has its identity' : textOf(join)]),
    ...(session?.state === 'away' || session?.state === 'refused' ? [session.message] : []),
    ...(registration === undefined || registration.state === 'registered' ? [] : [textOf(registration)]),
  ];
};

/** What waiting does not help against. */
const lastObstacle = ({ store, nodeName }: Where): JoinObstacle | undefined => {
  const join = store.get(joinStateType, nodeName);
  if (join?.state === 'stuck') return join;
  const registration = store.get(registrationType, nodeName);
  return registration?.state === 'refused' ? registration : undefined;
};

const nodeOf = ({ store, nodeName }: Where): Node | undefined => {
  const node = store.get(clusterNodeType, nodeName);
  const isRegistered = store.get(registrationType, nodeName)?.state === 'registered';
  return isRegistered && node?.state === 'present' ? node.node : undefined;
};

const textOf = ({ message, advice }: Pick<JoinObstacle, 'message' | 'advice'>): string =>
  advice === '' ? message : `${message}; ${advice}`;

const codes: Readonly<Record<string, ErrorCode>> = {
  TokenMissing: 'E_NOT_FOUND',
  NodeOfAnotherMachine: 'E_NODE_TAKEN',
};

const isErrorCode = (reason: string): reason is ErrorCode => Object.hasOwn(errorTable, reason);

const errorOf = ({ reason, message, advice }: JoinObstacle): BootletError => {
  const code = isErrorCode(reason) ? reason : (codes[reason] ?? 'E_APISERVER_REFUSED');
  return new BootletError(code, message, { retryable: false, ...(advice === '' ? {} : { hint: advice }) });
};
