import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import type { Apiserver } from './apiserver.ts';

const PAGE = 500;
/** A node's own objects are a few hundred at most: more than this is a selector that was forgotten. */
const MOST_ITEMS = 10_000;

export interface WholeList {
  /** As they came. */
  readonly items: readonly unknown[];
  /** From where a watch goes on. */
  readonly resourceVersion: string;
}

/**
 * A list, page by page, as it is in etcd now: without a resourceVersion, so that what a cache of the apiserver may still
 * hold is never taken for the present.
 * @throws BootletError as Apiserver.call; E_APISERVER_ANSWER for what is no list, and for more than 10,000 items
 */
export const listAll = async (
  apiserver: Apiserver,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<WholeList> => {
  const items: unknown[] = [];
  for (let next: string | undefined; ; ) {
    const page = { ...query, limit: String(PAGE), ...(next === undefined ? {} : { continue: next }) };
    const { body } = await apiserver.call({ method: 'GET', path, query: page });
    const metadata = isMap(body) ? body['metadata'] : undefined;
    const listed = isMap(body) ? (body['items'] ?? []) : undefined;
    if (!isMap(metadata) || !Array.isArray(listed)) throw notUnderstood(path, 'a list');
    items.push(...listed);
    if (items.length > MOST_ITEMS) throw notUnderstood(path, `a list of at most ${MOST_ITEMS} items`);
    const { continue: more, resourceVersion } = metadata;
    if (typeof more === 'string' && more !== '') next = more;
    else if (typeof resourceVersion === 'string') return { items, resourceVersion };
    else throw notUnderstood(path, 'a list with its resourceVersion');
  }
};

/** @throws BootletError E_APISERVER_ANSWER when it has none */
export const resourceVersionOf = (object: unknown, path: string): string => {
  const metadata = isMap(object) ? object['metadata'] : undefined;
  const version = isMap(metadata) ? metadata['resourceVersion'] : undefined;
  if (typeof version !== 'string') throw notUnderstood(path, 'an object with its resourceVersion');
  return version;
};

const notUnderstood = (path: string, expected: string): BootletError =>
  new BootletError('E_APISERVER_ANSWER', `${path} gives something else than ${expected}`);
