import type { Status } from '../api/status.ts';
import { clusterFacts } from './cluster-text.ts';
import { columns } from './columns.ts';
import { colours, conditionLines } from './condition-lines.ts';
import type { Io } from './io.ts';

/** What a condition says, on one line for each, good or bad. */
export const statusText = async (status: Status, io: Io): Promise<string> => {
  const paint = colours(io);
  const { metadata, version, mode, degraded, conditions, pods, cluster, hardware, manifests, troubles } = status;
  const verdict = degraded ? paint.red('something is wrong') : paint.green('all is well');
  const phases = Object.entries(pods.phases).map(([phase, n]) => `${n} ${phase.toLowerCase()}`);
  const facts = [
    ['Node:', `${metadata.name} (bootlet ${version}, ${mode}): ${verdict}`],
    ['Pods:', [`${pods.ready} of ${pods.total} ready`, ...phases].join(', ')],
    ...(cluster === undefined ? [] : await clusterFacts(cluster, Date.now())),
    ...(hardware === undefined ? [] : [['Machine:', machineText(hardware)]]),
    ['Manifests:', countsOf(manifests.map(({ state }) => state))],
  ];
  const waiting = troubles.map(({ controller, key, kind, message, hint }) => {
    const what = kind === 'waiting' ? 'waits for' : 'fails:';
    return `  ${controller} ${key} ${what} ${message}${hint === undefined ? '' : ` (${hint})`}\n`;
  });
  const inactive = manifests.filter(({ state }) => state !== 'active');
  return [
    columns(facts),
    '\n',
    await conditionLines(conditions, io),
    ...(waiting.length === 0 ? [] : ['\nNot done yet:\n', ...waiting]),
    ...(inactive.length === 0 ? [] : ['\nManifests that are not active:\n']),
    ...inactive.map(({ path, state, message }) => `  ${path}: ${state}: ${message}\n`),
    `\nNext: ${status.next}\n`,
  ].join('');
};

/** `QEMU Standard PC (virtual), AMD EPYC, 2 cores`, without what is not known. */
const machineText = ({ manufacturer, model, isVirtual, processor, physicalCores }: NonNullable<Status['hardware']>) => {
  const machine = [manufacturer, model, isVirtual ? '(virtual)' : ''].filter((word) => word !== '').join(' ');
  return [machine, processor, `${physicalCores} cores`].filter((word) => word !== '').join(', ');
};

/** `3 active, 1 invalid` */
const countsOf = (words: readonly string[]): string => {
  const groups = Map.groupBy(words, (word) => word);
  return groups.size === 0 ? 'none' : [...groups].map(([word, all]) => `${all.length} ${word}`).join(', ');
};
