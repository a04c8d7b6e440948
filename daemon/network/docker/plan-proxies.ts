import { type Originals, partsOf } from '../../host/ledger.ts';
import type { Change, DiffInput } from '../host-setting.ts';
import { originalOf, PRIVATE, type SeenFile } from '../owned-file.ts';
import { shownDropIn } from './proxy-drop-in.ts';

/** The drop-in that Docker's unit is to have; `none`: no more; `any`: as it is, since nobody knows or it is not bootlet's to say. */
export type WantedDropIn = { readonly file: SeenFile; readonly text: string } | 'none' | 'any';

export interface SeenProxies {
  readonly wanted: WantedDropIn;
  /** Those that the ledger names, as they are. */
  readonly own: readonly SeenFile[];
  /** Of the dockerd that runs: whether it has proxies, and its unit. */
  readonly isProxied: boolean;
  readonly unit: string | undefined;
  /** systemd has not read yet what is in the unit's files. */
  readonly isStale: boolean;
}

export interface ProxiesChange extends Change {
  readonly step:
    | { readonly do: 'write'; readonly file: SeenFile; readonly text: string }
    | { readonly do: 'give back'; readonly path: string; readonly original: Originals[string] }
    | { readonly do: 'reload' | 'nothing' };
}

const NOTHING = { do: 'nothing' } as const;

export const isThere = ({ file, text }: Exclude<WantedDropIn, string>): boolean =>
  file.content === text && file.mode === PRIVATE;

const reload = (unit: string): ProxiesChange => ({
  object: `unit ${unit}`,
  before: 'as systemd has read it before',
  after: 'read again',
  ledger: NOTHING,
  step: { do: 'reload' },
});

const write = ({ file, text }: Exclude<WantedDropIn, string>): ProxiesChange => ({
  object: file.path,
  before: shownDropIn(file.content),
  after: shownDropIn(text),
  ledger: { do: 'enter', original: originalOf(file) },
  step: { do: 'write', file, text },
});

/** What goes stays in the ledger, under a running daemon, as long as dockerd has it: only its next start takes it off. */
const goes = (
  { path, content }: SeenFile,
  { spec, observed, originals }: DiffInput<SeenProxies>,
): readonly ProxiesChange[] => {
  const original = originals[path] ?? null;
  const was = partsOf(original)['content'] ?? undefined;
  const isLeft = spec !== undefined && observed.isProxied;
  const back: ProxiesChange = {
    object: path,
    before: shownDropIn(content),
    after: typeof was === 'string' ? shownDropIn(was) : undefined,
    ledger: isLeft ? NOTHING : { do: 'strike' },
    step: { do: 'give back', path, original },
  };
  const told: ProxiesChange = {
    object: 'dockerd',
    before: 'has proxies',
    after: 'none',
    ledger: NOTHING,
    advice: `dockerd keeps its proxies until it is started again: systemctl restart ${observed.unit ?? 'docker.service'}`,
    step: NOTHING,
  };
  return [...(isLeft && content === was ? [] : [back]), ...(isLeft ? [told] : [])];
};

/** What makes the drop-in, and systemd's idea of it, as wanted. Pure. */
export const diffProxies = (input: DiffInput<SeenProxies>): readonly ProxiesChange[] => {
  const { wanted, own, isStale, unit } = input.observed;
  if (wanted === 'any') return [];
  const gone = own
    .filter(({ path }) => wanted === 'none' || path !== wanted.file.path)
    .flatMap((file) => goes(file, input));
  const written = wanted === 'none' || isThere(wanted) ? [] : [write(wanted)];
  const changes = [...gone, ...written];
  const isRead = changes.some(({ step }) => step.do !== 'nothing');
  return isStale && !isRead && unit !== undefined ? [...changes, reload(unit)] : changes;
};
