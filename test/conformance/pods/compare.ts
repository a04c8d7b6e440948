import type { ContainerState, ContainerStatus } from 'kubernetes-types/core/v1.d.ts';
import type { Pod } from '../../../daemon/pods/v1.ts';
import type { ExpectedEvent, ExpectedFile, ExpectedFiles, Facts } from './expectation.ts';

/** What the program under test made of a case, at one moment. */
export interface Seen {
  /** Undefined when it is not listed. */
  readonly pod: Pod | undefined;
  /** Reported since second 0. */
  readonly events: readonly ExpectedEvent[];
  /** Content by path below the case's folder; undefined for what is not there. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** One line for each fact that does not hold; none when all do. Placeholders are filled in already. */
export const compare = ({ metadata, spec, status, events = [], files = {} }: Facts, seen: Seen): string[] => [
  ...(metadata === undefined ? [] : fieldsDiffer('metadata', metadata, seen.pod?.metadata ?? {})),
  ...(spec === undefined ? [] : fieldsDiffer('spec', spec, seen.pod?.spec ?? {})),
  ...(status === undefined ? [] : partDiffers('status', status, statusOf(seen.pod))),
  ...eventsMissing(events, seen.events),
  ...filesDiffer(files, seen.files),
];

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{"matches": R}`, a regular expression in place of a value. */
const isPattern = (value: unknown): value is { readonly matches: string } =>
  isFields(value) && typeof value['matches'] === 'string' && Object.keys(value).length === 1;

const isRange = (value: unknown): value is { readonly min?: number; readonly max?: number } =>
  isFields(value) && ('min' in value || 'max' in value);

const show = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));

const differs = (path: string, expected: unknown, actual: unknown): string[] => [
  `${path} is ${show(actual)}, should be ${show(expected)}`,
];

const patternDiffers = (path: string, pattern: string, actual: unknown): string[] =>
  typeof actual === 'string' && new RegExp(pattern).test(actual)
    ? []
    : [`${path} is ${show(actual)}, should match ${pattern}`];

/** Of `actual` only what `expected` names; null stands for a whole that is not there. */
const partDiffers = (path: string, expected: unknown, actual: unknown): string[] => {
  if (isPattern(expected)) return patternDiffers(path, expected.matches, actual);
  if (isRange(expected)) {
    const { min = -Infinity, max = Infinity } = expected;
    return typeof actual === 'number' && actual >= min && actual <= max ? [] : differs(path, expected, actual);
  }
  if (isFields(expected) && isFields(actual))
    return Object.entries(expected).flatMap(([key, value]) => partDiffers(`${path}.${key}`, value, actual[key]));
  if (isFields(expected) && actual === undefined) return [`${path} is absent`];
  return (expected ?? undefined) === actual ? [] : differs(path, expected ?? undefined, actual);
};

/** Of the fields that `expected` names, each as a whole. */
const fieldsDiffer = (path: string, expected: Fields, actual: object): string[] => {
  const fields: Fields = { ...actual };
  return Object.entries(expected).flatMap(([key, value]) => wholeDiffers(`${path}.${key}`, value, fields[key]));
};

/** An empty object is as good as none. */
const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (isFields(value) && Object.values(value).every(isNothing));

const wholeDiffers = (path: string, expected: unknown, actual: unknown): string[] => {
  if (isPattern(expected)) return patternDiffers(path, expected.matches, actual);
  if (isNothing(expected) && isNothing(actual)) return [];
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length)
    return expected.flatMap((value, index) => wholeDiffers(`${path}[${index}]`, value, actual[index]));
  if (isFields(expected) && isFields(actual))
    return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].flatMap((key) =>
      wholeDiffers(`${path}.${key}`, expected[key], actual[key]),
    );
  return expected === actual ? [] : differs(path, expected, actual);
};

/** A pod's status in the words of expect.json; undefined for a pod that is not listed. */
const statusOf = (pod: Pod | undefined): Fields | undefined => {
  if (pod === undefined) return undefined;
  const { conditions = [], containerStatuses = [], initContainerStatuses = [], ...status } = pod.status ?? {};
  return {
    ...status,
    conditions: Object.fromEntries(conditions.map((condition) => [condition.type, condition.status])),
    conditionReasons: Object.fromEntries(conditions.map(({ type, reason }) => [type, reason])),
    containers: containersOf(containerStatuses),
    initContainers: containersOf(initContainerStatuses),
  };
};

const containersOf = (statuses: readonly ContainerStatus[]): Fields =>
  Object.fromEntries(
    statuses.map(({ name, state, lastState, ...status }) => [
      name,
      { ...status, ...stateOf(state), lastState: stateOf(lastState) },
    ]),
  );

/** `{running: {startedAt}}` as `{state: 'running', startedAt}`. */
const stateOf = (state: ContainerState = {}): Fields => {
  const [entry] = Object.entries(state);
  return entry === undefined ? {} : { state: entry[0], ...entry[1] };
};

const eventsMissing = (expected: readonly ExpectedEvent[], seen: readonly ExpectedEvent[]): string[] => {
  const keyOf = ({ type, reason, fieldPath = 'the pod' }: ExpectedEvent): string => `${type} ${reason} of ${fieldPath}`;
  const reported = new Set(seen.map(keyOf));
  return expected.map(keyOf).flatMap((key) => (reported.has(key) ? [] : [`no event ${key}`]));
};

const filesDiffer = (expected: ExpectedFiles, seen: Seen['files']): string[] =>
  Object.entries(expected).flatMap(([path, file]) => fileDiffers(`file ${path}`, file, seen.get(path)));

/** White space at the end does not count. */
const fileDiffers = (path: string, expected: ExpectedFile, content: string | undefined): string[] => {
  if ('ignore' in expected) return [];
  if ('absent' in expected) return content === undefined ? [] : differs(path, undefined, content);
  const actual = content?.trimEnd();
  if ('matches' in expected) return patternDiffers(path, expected.matches, actual);
  return actual === expected.equals.trimEnd() ? [] : differs(path, expected.equals, actual);
};
