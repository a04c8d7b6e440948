import { glob, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../../lab/child.ts';
import type { Host } from '../../lab/network/host.ts';
import type { Scope } from '../../lab/scope.ts';
import type { Bench } from '../bench.ts';
import { median, p99, rounded } from '../rounds.ts';
import { benchHost, foreignRatios, inEachSituation, TARGET_RATIO } from './host.ts';

/** On two cores, with nft. */
const TARGET_MS = 20;
/** For the first line of a monitor. */
const HEARD_MS = 30_000;
/** nft reads all rules before it listens, and anew when they have changed meanwhile. */
const MARK_EVERY_MS = 1000;

/** What somebody writes: neighbours come and go with the traffic. */
const WRITTEN = ['link', 'address', 'route', 'rule', 'netconf'];

/** One look at every setting of a host that is as it should be: how long, by how many processes, and that nothing is written; beside it those processes alone. */
export const networkNoop: Bench = async (_, { rounds }) => {
  const figures = await inEachSituation(async (scope, situation) => {
    const { host, settings } = await benchHost(scope, situation);
    await settings.setup();
    const heard = await monitors(scope, host);
    const files = await fileTimes(host);
    const passes = await settings.passes(rounds + 1);
    const { times, commands } = passes;
    const [, ...counted] = times;
    const writes = heard() + (await fileTimes(host)).filter((line) => !files.includes(line)).length;
    const floor = await settings.looks(passes, rounds);
    return {
      ms: rounded(median(counted)),
      floorMs: rounded(median(floor.times)),
      p99Ms: rounded(p99(counted)),
      processes: rounded(commands.length / times.length),
      writes,
    };
  });
  return { rounds, ...figures, targetMs: TARGET_MS, ...foreignRatios(figures), targetRatio: TARGET_RATIO };
};

/** What netlink tells of changes from now on: the number of lines so far. */
const monitors = async (scope: Scope, host: Host): Promise<() => number> => {
  const links = startChild(['stdbuf', '-oL', 'ip', '-oneline', 'monitor', ...WRITTEN], host);
  scope.teardown(() => links.end('SIGTERM'));
  const rules = startChild(['stdbuf', '-oL', 'nft', 'monitor'], host);
  scope.teardown(() => rules.end('SIGTERM'));
  let isHeard = false;
  const hear = Promise.all([links.line(/bl-mark/, HEARD_MS), rules.line(/bl-mark/, HEARD_MS)]).finally(() => {
    isHeard = true;
  });
  // They say nothing of when they listen.
  const tell = async (): Promise<void> => {
    while (!isHeard) {
      await mark(host);
      await Promise.race([hear, delay(MARK_EVERY_MS)]);
    }
  };
  await Promise.all([hear, tell()]);
  await mark(host, 'bl-last');
  await Promise.all([links.line(/^Deleted \d+: bl-last/, HEARD_MS), rules.line(/delete table.*bl-last/, HEARD_MS)]);
  return () => linesAfterMark(links.output()) + linesAfterMark(rules.output());
};

/** Without comments of nft, which may come after the change that they are on. */
const linesAfterMark = (lines: readonly string[]): number =>
  lines.slice(lines.findLastIndex((line) => line.includes('bl-last')) + 1).filter((line) => !line.startsWith('#'))
    .length;

const mark = async (host: Host, name = 'bl-mark'): Promise<void> => {
  await host.run('ip', 'link', 'add', name, 'type', 'bridge');
  await host.run('ip', 'link', 'delete', name);
  await host.run('nft', `add table ip ${name}; delete table ip ${name}`);
};

/** A line for each file of the host, another once it was written or replaced. */
const fileTimes = async ({ dir }: Host): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const file of glob(`${dir}/{etc,state,machine}/**`)) {
    const { mtimeMs, ino } = await stat(file);
    lines.push(`${file} ${ino} ${mtimeMs}`);
  }
  return lines;
};
