import { type SettingStatus, settingStatusType } from '../network/resources.ts';
import type { Resource } from '../reconcile/resource.ts';
import type { Reader } from '../reconcile/store.ts';
import { ageOf } from './age.ts';
import { changesOf } from './changes.ts';
import type { Collection } from './collection.ts';
import { column } from './column.ts';
import type { ObjectMeta } from './object.ts';

/** One thing of the host that bootlet keeps as it should be. Times: RFC 3339. */
export type ServedSetting = Omit<SettingStatus, 'since' | 'lastFailure'> & {
  readonly apiVersion: 'bootlet.io/v1alpha1';
  readonly kind: 'HostSetting';
  readonly metadata: ObjectMeta;
  readonly since: string;
  readonly lastFailure?: { readonly message: string; readonly at: string };
};

const timeOf = (ms: number): string => new Date(ms).toISOString();

export const servedSetting = ({
  id,
  version,
  value: { since, lastFailure, ...rest },
}: Resource<SettingStatus>): ServedSetting => ({
  apiVersion: 'bootlet.io/v1alpha1',
  kind: 'HostSetting',
  metadata: { name: id, resourceVersion: String(version) },
  ...rest,
  since: timeOf(since),
  ...(lastFailure === undefined ? {} : { lastFailure: { message: lastFailure.message, at: timeOf(lastFailure.at) } }),
});

const lastFailure = ({ lastFailure: last }: ServedSetting, now: number): string =>
  last === undefined ? '<none>' : `${ageOf(last.at, now)} ago: ${last.message}`;

const columns = [
  column<ServedSetting>('Name', 'What it is about', ({ metadata }) => metadata.name),
  column<ServedSetting>('State', 'Whether it is as configured', ({ state }) => state),
  column<ServedSetting>('Repairs', 'How often what others changed was put right', ({ repairs }) => String(repairs)),
  column<ServedSetting>('Age', 'Since when it is in this state', ({ since }, now) => ageOf(since, now)),
  column<ServedSetting>('Message', 'Why', ({ message }) => message),
  column<ServedSetting>('Last-Failure', 'What it failed at last', lastFailure, 1),
];

export const hostSettingCollection = (store: Reader): Collection<ServedSetting> => ({
  apiVersion: 'bootlet.io/v1alpha1',
  kind: 'HostSetting',
  resource: 'hostsettings',
  fields: { 'metadata.name': ({ metadata }) => metadata.name, state: ({ state }) => state },
  columns,
  version: () => store.version,
  list: () => store.list(settingStatusType).map(servedSetting),
  changes: changesOf(store, settingStatusType, servedSetting),
});
