import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../daemon/config/load.ts';
import { BootletError } from '../../daemon/errors.ts';
import { hostTools, type RunTool } from '../../daemon/host/run-tool.ts';
import { networkBase } from '../../daemon/main/network-base.ts';
import { carryOut } from '../../daemon/network/carry-out.ts';
import { resetNetwork } from '../../daemon/network/reset.ts';
import { planHostSpec } from '../../daemon/plan.ts';
import { tellEffects } from './tell-effects.ts';

/**
 * The settings of bootlet by themselves, in a process of a lab host: `settings-program.ts CONFIG setup|reset|passes|replay|looks`
 * with `--kill-at STEP`, which ends it by SIGKILL at that step, `--passes N`, and `--report FILE`, whose changing
 * commands `replay` runs and nothing else, and `looks` those of its last pass, N times. With `--fails` a set-up is one that ends with a failure. Prints a ProgramReport.
 */
export interface ProgramReport {
  /**
   * Each point at which it could have been cut: those of `carryOut`, and each effect within a change. One that came before
   * has its number behind it.
   */
  readonly steps: readonly string[];
  /** Of a set-up that was to fail: the code of its failure. */
  readonly failure?: string;
  /** Commands that were run, by what they were run for. */
  readonly commands: readonly RunCommand[];
  /** Of `passes` and `looks`: milliseconds of each; of the others, of all. */
  readonly times: readonly number[];
}

export interface RunCommand {
  readonly phase: 'looking' | 'changing';
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
}

/** A set-up that goes on from one that was cut takes no more. */
const PASSES = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'kill-at': { type: 'string' },
    passes: { type: 'string', default: '1' },
    report: { type: 'string', default: '' },
    fails: { type: 'boolean', default: false },
  },
});
const [configFile, job] = positionals;
const config = await loadConfig(configFile);

let phase: RunCommand['phase'] = 'looking';
/** The setting and the change that is being made. */
let current = '';
const commands: RunCommand[] = [];
const host = hostTools(process.env);
const run: RunTool = async (program, args, options = {}) => {
  commands.push({ phase, program, args, input: options.input ?? '' });
  const command = [program, ...args].join(' ');
  const running = host(program, args, options);
  // Other commands are over before anybody could be killed meanwhile.
  if (phase === 'changing' && args.length > 0 && program === process.execPath) reach(`began ${current}: ${command}`);
  const result = await running;
  if (phase === 'changing') reach(`ran ${current}: ${command}`);
  return result;
};
tellEffects((effect) => {
  // Of the ledger carryOut tells.
  if (phase === 'changing' && !effect.endsWith('/ledger.json')) reach(`did ${current}: ${effect}`);
});

const steps: string[] = [];
const counts = new Map<string, number>();
const reach = (name: string): void => {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  const step = count === 1 ? name : `${name} (${count})`;
  steps.push(step);
  if (step === values['kill-at']) process.kill(process.pid, 'SIGKILL');
};
const atStep = (step: string): void => {
  current = step.slice(step.indexOf(' ') + 1);
  phase = step.startsWith('entered ') ? 'changing' : 'looking';
  reach(step);
};

await using base = await networkBase(config, run);
const { settings, ledger } = base;

const specOfHost = async () => {
  const plan = await planHostSpec(config, base);
  if (plan.kind !== 'spec') throw new Error(`no specification: ${JSON.stringify(plan)}`);
  return plan.spec;
};

let failure: string | undefined;

const setup = async (): Promise<void> => {
  const spec = await specOfHost();
  for (const setting of settings) {
    // Advice is a person's to follow.
    const look = async () =>
      (await setting.plan(spec, ledger.of(setting.name))).filter(({ change }) => change.advice === undefined);
    let left = await look();
    // What was cut is finished first, and then the host is looked at again.
    for (let pass = 0; pass < PASSES && left.length > 0; pass += 1) {
      await carryOut(setting, left, { ledger, atStep });
      left = await look();
    }
    if (left.length > 0) {
      throw new BootletError('E_NETWORK_UNSETTLED', `${setting.name} is not settled: ${JSON.stringify(left)}`);
    }
  }
};

const passes = async (): Promise<readonly number[]> => {
  const spec = await specOfHost();
  const times: number[] = [];
  for (let n = 0; n < Number(values.passes); n += 1) {
    const from = performance.now();
    const plans = await Promise.all(settings.map((setting) => setting.plan(spec, ledger.of(setting.name))));
    times.push(performance.now() - from);
    if (plans.flat().length > 0) throw new Error(`not settled: ${JSON.stringify(plans.flat())}`);
  }
  return times;
};

const givenReport = async (): Promise<ProgramReport> =>
  JSON.parse(await readFile(values.report, 'utf8')) as ProgramReport;

/** What a pass cannot be faster than in this process: its programs, all at once. */
const looks = async (): Promise<readonly number[]> => {
  const { commands: ofAll, times: ofPasses } = await givenReport();
  const ofOne = ofAll.slice(-Math.floor(ofAll.length / ofPasses.length));
  const times: number[] = [];
  for (let n = 0; n < Number(values.passes); n += 1) {
    const from = performance.now();
    await Promise.all(ofOne.map(({ program, args, input }) => host(program, args, { input })));
    times.push(performance.now() - from);
  }
  return times;
};

const replay = async (): Promise<void> => {
  const report = await givenReport();
  for (const { program, args, input } of report.commands.filter((command) => command.phase === 'changing')) {
    const { exitCode, stderr } = await run(program, args, { input });
    if (exitCode !== 0) throw new Error(`${[program, ...args].join(' ')}: ${stderr}`);
  }
};

const reset = async (): Promise<void> => {
  const { held } = await resetNetwork(settings, { ledger, atStep });
  if (held.length > 0) throw new Error(`held: ${JSON.stringify(held)}`);
};

const timed = async (work: () => Promise<void>): Promise<readonly number[]> => {
  const from = performance.now();
  await work();
  return [performance.now() - from];
};

const setupThatFails = async (): Promise<void> => {
  try {
    await setup();
  } catch (error) {
    if (!(error instanceof BootletError)) throw error;
    failure = error.code;
  }
  if (failure === undefined) throw new Error('it did not fail');
};

const jobs: Readonly<Record<string, () => Promise<readonly number[]>>> = {
  setup: () => timed(values.fails ? setupThatFails : setup),
  reset: () => timed(reset),
  passes,
  looks,
  replay: () => timed(replay),
};
const times = await jobs[job ?? '']?.();
if (times === undefined) throw new Error(`no such job: ${job}`);
const report: ProgramReport = { steps, commands, times, ...(failure === undefined ? {} : { failure }) };
process.stdout.write(JSON.stringify(report));
