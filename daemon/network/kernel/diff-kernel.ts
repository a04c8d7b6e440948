import { type Originals, partsOf } from '../../host/ledger.ts';
import { sysctlName } from '../../host/sysctls.ts';
import type { DiffInput } from '../host-setting.ts';
import { originalOf, type SeenFile } from '../owned-file.ts';
import { kernelAdvice } from './advice.ts';
import type { KernelChange } from './kernel-change.ts';
import { BR_NETFILTER, MODULE_ENTRY, type SeenKernel } from './observe-kernel.ts';
import { isOfInterface } from './wanted-sysctls.ts';

/** The ledger's name for it. */
export const entryOf = (path: string): string => `sysctl ${sysctlName(path)}`;

const HEADER =
  '# Of bootlet, which writes it again when it is changed: see network.sysctls of its configuration. Goes with bootlet reset.\n';

/** sysctl.d(5). */
const sysctlFileOf = (values: ReadonlyMap<string, string>): string =>
  `${HEADER}${[...values].map(([path, value]) => `${sysctlName(path)} = ${value}\n`).join('')}`;

/** modules-load.d(5). */
const modulesFileOf = (module: string): string => `${HEADER}${module}\n`;

const setChange = (path: string, value: string, { sysctls, left }: SeenKernel): readonly KernelChange[] => {
  const seen = sysctls.get(path);
  if (seen?.value === value || left.has(path)) return [];
  const original = seen === undefined ? {} : { [path]: seen.value, ...seen.besides };
  return [
    {
      object: entryOf(path),
      before: seen?.value,
      after: value,
      ledger: { do: 'enter', original },
      step: { do: 'set', values: [[path, value]] },
    },
  ];
};

/** What was set earlier and is wanted no more, the last first. */
const restoreChanges = (originals: Originals, { wanted, sysctls }: SeenKernel): readonly KernelChange[] => {
  const kept = new Set([...wanted.keys()].map(entryOf));
  return Object.entries(originals)
    .filter(([entry]) => entry.startsWith('sysctl ') && !kept.has(entry))
    .toReversed()
    .map(([object, original]) => {
      const values = Object.entries(partsOf(original)).map(([path, value]) => [path, String(value)] as const);
      const [path, after] = values[0] ?? [];
      const before = path === undefined ? undefined : sysctls.get(path)?.value;
      return { object, before, after, ledger: { do: 'strike' }, step: { do: 'set', values } };
    });
};

/** @param wanted content by path; of other files what was there before bootlet is wanted */
const fileChange = (
  seen: SeenFile,
  wanted: ReadonlyMap<string, string>,
  originals: Originals,
): readonly KernelChange[] => {
  const { path, content: before } = seen;
  const content = wanted.get(path);
  if (content !== undefined) {
    if (before === content) return [];
    const ledger = { do: 'enter', original: originalOf(seen) } as const;
    return [{ object: path, before, after: content, ledger, step: { do: 'write', path, content } }];
  }
  const original = originals[path];
  if (original === undefined) return [];
  const was = partsOf(original)['content'];
  const after = typeof was === 'string' ? was : undefined;
  return [{ object: path, before, after, ledger: { do: 'strike' }, step: { do: 'give back', path, original } }];
};

const moduleChange = (observed: SeenKernel): readonly KernelChange[] => {
  if (observed.module !== 'loadable') return [];
  const ledger = { do: 'enter', original: null } as const;
  return [{ object: MODULE_ENTRY, before: undefined, after: 'loaded', ledger, step: { do: 'load' } }];
};

/** What this kernel lacks, and will not have with the module either, is not set. */
const willBeThere = (path: string, { sysctls, module }: SeenKernel): boolean =>
  sysctls.has(path) || (module === 'loadable' && path.startsWith('net/bridge/'));

const filesOf = (observed: SeenKernel, { sysctlFile, modulesFile }: KernelFiles): ReadonlyMap<string, string> => {
  // An interface may be back at the next boot.
  const holds = [...observed.wanted].filter(([path]) => willBeThere(path, observed) || isOfInterface(path));
  return new Map([
    [sysctlFile, sysctlFileOf(new Map(holds))],
    // For what is built in, and no file, systemd-modules-load may fail.
    ...(observed.module === 'built-in' ? [] : [[modulesFile, modulesFileOf(BR_NETFILTER.name)] as const]),
  ]);
};

export interface KernelFiles {
  readonly sysctlFile: string;
  readonly modulesFile: string;
}

/** The module first, since sysctls come with it; back again in the opposite order. */
export const diffKernel =
  (paths: KernelFiles) =>
  ({ spec, observed, originals }: DiffInput<SeenKernel>): readonly KernelChange[] => {
    const { wanted, files } = observed;
    const fileChanges = (contents: ReadonlyMap<string, string>): readonly KernelChange[] =>
      files.flatMap((file) => fileChange(file, contents, originals));
    if (spec === undefined) {
      const ledger = { do: 'strike' } as const;
      const unload: KernelChange = {
        object: MODULE_ENTRY,
        before: 'loaded',
        after: undefined,
        ledger,
        step: { do: 'unload' },
      };
      return [
        ...fileChanges(new Map()),
        ...restoreChanges(originals, observed),
        ...(Object.hasOwn(originals, MODULE_ENTRY) ? [unload] : []),
      ];
    }
    return [
      ...moduleChange(observed),
      ...restoreChanges(originals, observed),
      ...[...wanted].flatMap(([path, value]) => (willBeThere(path, observed) ? setChange(path, value, observed) : [])),
      ...fileChanges(filesOf(observed, paths)),
      ...kernelAdvice(observed),
    ];
  };
