import { startBootlet } from '../lab/bootlet.ts';
import type { Scope } from '../lab/scope.ts';
import { type Lab, startLab } from './lab.ts';
import { differences } from './parity.ts';
import type { BenchPod } from './pod.ts';
import { alternate, type Medians } from './rounds.ts';
import { bootletSide } from './sides/bootlet.ts';
import type { Side } from './sides/side.ts';

export interface BenchOptions {
  readonly rounds: number;
  readonly pods: number;
  /** How long `idle` looks. */
  readonly seconds: number;
  readonly network: BenchPod['network'];
  readonly onTerm: BenchPod['onTerm'];
  /** What probes cost `idle` beyond what there is without. */
  readonly probes: boolean;
  /** Take the floor alone, without a bootlet. */
  readonly floorOnly: boolean;
}

/** A benchmark: its figures, to be printed as they are. What it starts goes down with the scope. */
export type Bench = (scope: Scope, options: BenchOptions) => Promise<Figures>;
export type Figures = { readonly [name: string]: number | null };

/** Grace of the pods: what a process that ignores SIGTERM makes its end wait for. */
export const graceMs = ({ onTerm }: BenchOptions): number => (onTerm === 'ignores' ? GRACE_SECONDS * 1000 : 0);
const GRACE_SECONDS = 1;

/** How long a pod runs before it is made to end, on either side, so that what follows its start is over by then. */
export const SETTLE_MS = 500;

const benchPod = (name: string, { network, onTerm }: BenchOptions): BenchPod => ({
  name,
  network,
  onTerm,
  graceSeconds: GRACE_SECONDS,
  edition: 1,
});

export const benchPods = (name: string, options: BenchOptions): BenchPod[] =>
  Array.from({ length: options.pods }, (_, n) => benchPod(`${name}-${n}`, options));

/** For many pods at once, on a machine with other work. */
const LONGEST_START_MS = 300_000;

/** When each of the pods started, ns. */
export const allStarted = ({ stamps }: Lab, pods: readonly BenchPod[]): Promise<bigint[]> =>
  Promise.all(pods.map(async ({ name }) => (await stamps.next(name, LONGEST_START_MS)).startedAt));

/** One round on either side, with a pod that has not run yet: its time in ms. */
export type SideRound = (side: Side, pod: BenchPod, lab: Lab) => Promise<number>;

/** Runs the same round on the floor and on bootlet in turn. */
export const compare = async (scope: Scope, options: BenchOptions, round: SideRound): Promise<Medians> => {
  const lab = await startLab(scope);
  const on = (side: Side) => (n: number) => round(side, benchPod(`${side.name}-${n}`, options), lab);
  if (options.floorOnly) return alternate(options.rounds, { floor: on(lab.floor), bootlet: undefined });
  const bootlet = await startBootlet(scope, { docker: lab.docker });
  const side = bootletSide(bootlet, lab.docker.engine, lab.stamps.path);
  try {
    await checkParity(lab, side, bootlet.nodeName, options);
    return await alternate(options.rounds, { floor: on(lab.floor), bootlet: on(side) });
  } catch (cause) {
    throw new Error(`a round failed; bootlet logged:\n${bootlet.log().join('\n')}`, { cause });
  }
};

const checkParity = async (lab: Lab, side: Side, nodeName: string, options: BenchOptions): Promise<void> => {
  const pods = { floor: benchPod('floor-parity', options), bootlet: benchPod('bootlet-parity', options) };
  await Promise.all([lab.floor.start(pods.floor), side.start(pods.bootlet)]);
  for (const { name } of Object.values(pods)) await lab.stamps.next(name);
  const found = await differences(lab.docker.engine, pods.floor.name, `${pods.bootlet.name}-${nodeName}`);
  for (const line of found) process.stderr.write(`the floor's containers differ from bootlet's in ${line}\n`);
  await Promise.all([lab.floor.clear(pods.floor), side.clear(pods.bootlet)]);
};
