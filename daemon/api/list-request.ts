import { BootletError } from '../errors.ts';
import type { Collection } from './collection.ts';
import type { ApiObject } from './object.ts';
import { fieldSelector, labelSelector } from './selector.ts';
import type { RowObject } from './table.ts';

/** A list or watch request, understood. */
export interface ListRequest<T> {
  readonly watch: boolean;
  /** resourceVersion; 0 when the client has no list yet. */
  readonly since: number;
  readonly matches: (object: T) => boolean;
  /** undefined when plain objects are asked for. */
  readonly table: RowObject | undefined;
}

export const queryOf = (url: string): URLSearchParams => new URL(url, 'http://bootlet').searchParams;

export const isSet = (query: URLSearchParams, name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '');

/**
 * A query parameter that is a whole number; undefined when it is absent.
 * @throws BootletError E_USAGE
 */
export const wholeNumber = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BootletError('E_USAGE', `${name} must be a whole number, not "${text}"`, { retryable: false });
};

const rowObjectOf = (query: URLSearchParams): RowObject => {
  const wanted = query.get('includeObject') ?? 'Metadata';
  if (wanted === 'None' || wanted === 'Metadata' || wanted === 'Object') return wanted;
  throw new BootletError('E_USAGE', `includeObject must be None, Metadata or Object, not "${wanted}"`, {
    retryable: false,
  });
};

/**
 * @param namespace to which the path restricts the request
 * @throws BootletError E_USAGE
 */
export const listRequest = <T extends ApiObject>(
  url: string,
  accept: string | undefined,
  { fields }: Pick<Collection<T>, 'fields'>,
  namespace: string | undefined,
): ListRequest<T> => {
  const query = queryOf(url);
  const byLabel = labelSelector(query.get('labelSelector') ?? '');
  const byField = fieldSelector(query.get('fieldSelector') ?? '', fields);
  return {
    watch: isSet(query, 'watch'),
    since: wholeNumber(query, 'resourceVersion') ?? 0,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      byLabel(object.metadata.labels ?? {}) &&
      byField(object),
    table: wantsTable(accept) ? rowObjectOf(query) : undefined,
  };
};

const wantsTable = (accept: string | undefined): boolean => /;\s*as=Table\s*(;|,|$)/.test(accept ?? '');
