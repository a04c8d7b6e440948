import type { Change } from '../network/host-setting.ts';
import type { SettingPlan } from '../network/plan-network.ts';
import type { HostPlan } from '../plan.ts';
import { colours } from './condition-lines.ts';
import type { Io } from './io.ts';
import { lineDiff } from './line-diff.ts';

type Paint = ReturnType<typeof colours>;

const changeText = ({ object, before, after, held, advice, restarts }: Change, paint: Paint): string => {
  const notes = [
    ...(restarts === undefined ? [] : [`restarts ${restarts}`]),
    ...(held === undefined ? [] : [`held: ${held}`]),
    ...(advice === undefined ? [] : [`yours to do: ${advice}`]),
  ];
  const head = `  ${object}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}\n`;
  const lines = lineDiff(before, after).map((line) => (line.startsWith('-') ? paint.red(line) : paint.green(line)));
  return head + lines.map((line) => `    ${line}\n`).join('');
};

const settingText = (setting: SettingPlan, paint: Paint): string => {
  if ('changes' in setting) {
    return setting.changes.length === 0
      ? ''
      : `${setting.name}\n${setting.changes.map((change) => changeText(change, paint)).join('')}\n`;
  }
  const { code, message, hint } = setting.error;
  const wayOut = hint === undefined ? '' : `  hint: ${hint}\n`;
  return `${setting.name}\n  ${paint.red(`error: ${message} (${code})`)}\n${wayOut}\n`;
};

export const changesOf = (setting: SettingPlan): readonly Change[] => ('changes' in setting ? setting.changes : []);

/** All that would be changed, setting by setting, and how many changes that are. */
export const planText = ({ spec, why, isAbandoned, settings }: HostPlan, io: Io): string => {
  if (spec === undefined) return isAbandoned ? `${why}\n` : `nothing on this host is touched: ${why}\n`;
  const changes = settings.flatMap(changesOf).filter(({ advice }) => advice === undefined);
  const failed = settings.filter((setting) => 'error' in setting).length;
  const held = changes.filter((change) => change.held !== undefined).length;
  const sum = [
    `${changes.length - held} to make`,
    ...(held === 0 ? [] : [`${held} held`]),
    ...(failed === 0 ? [] : [`${failed} ${failed === 1 ? 'setting' : 'settings'} cannot be planned`]),
  ].join(', ');
  const network = `${spec.ranges.map(({ cidr }) => cidr).join(', ')} on ${spec.bridge.name}`;
  const total = changes.length + failed === 0 ? `nothing to change: ${network}\n` : `${network}: ${sum}\n`;
  const paint = colours(io);
  return settings.map((setting) => settingText(setting, paint)).join('') + total;
};
