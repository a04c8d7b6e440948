/** Milliseconds from `from` to `to`, both ns of CLOCK_MONOTONIC. */
export const ms = (from: bigint, to: bigint): number => Number(to - from) / 1e6;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
};

/** The value that 99 in 100 do not exceed; of less than 100, the largest. */
export const p99 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** One measured round: its time in ms, without the setting up before and the taking down after. */
export type Round = (round: number) => Promise<number>;

export interface Sides {
  readonly floor: Round;
  /** Absent: the floor alone is taken. */
  readonly bootlet: Round | undefined;
}

export interface Medians {
  readonly rounds: number;
  readonly floorMs: number;
  readonly bootletMs: number | null;
  readonly ratio: number | null;
}

/**
 * The medians of both sides. They take turns, each going first in every second round, so that a machine that drifts
 * drifts for both; a round of each before that warms caches and does not count.
 */
export const alternate = async (rounds: number, { floor, bootlet }: Sides): Promise<Medians> => {
  const floorTimes: number[] = [];
  const bootletTimes: number[] = [];
  const turns = [
    { run: floor, times: floorTimes },
    ...(bootlet === undefined ? [] : [{ run: bootlet, times: bootletTimes }]),
  ];
  for (let round = 0; round <= rounds; round += 1) {
    for (const { run, times } of round % 2 === 0 ? turns : turns.toReversed()) {
      const time = await run(round);
      if (round > 0) times.push(time);
    }
  }
  const floorMs = median(floorTimes);
  if (bootlet === undefined) return { rounds, floorMs: rounded(floorMs), bootletMs: null, ratio: null };
  const bootletMs = median(bootletTimes);
  return { rounds, floorMs: rounded(floorMs), bootletMs: rounded(bootletMs), ratio: rounded(bootletMs / floorMs, 3) };
};
