import type { Command } from 'commander';
import type { HostPlan } from '../plan.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';
import { changesOf, planText } from './plan-text.ts';

interface PlanOptions {
  readonly config?: string;
  readonly check?: boolean;
  readonly output: Format;
}

/** Adds `plan` to the program, or to the group of commands whose part of the host is meant. */
export const addPlan = (parent: Command, io: Io): void => {
  parent
    .command('plan')
    .description('show what the daemon would change on this host, and change nothing; it need not run')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .option('--check', 'exit 7 when something is to be changed')
    .addOption(outputOption('json', 'yaml'))
    .action(async ({ config: file, check = false, output }: PlanOptions) => {
      const { loadConfig } = await import('../config/load.ts');
      const { planHost } = await import('../plan.ts');
      const config = await loadConfig(file);
      const plan = await planHost(config);
      if (output === 'json' || output === 'yaml') await printObject(io, output, objectOf(plan, config.nodeName));
      else io.out(planText(plan, io));
      io.setExitCode(exitOf(plan, check));
    });
};

/** `bootlet.io/v1alpha1 Plan`. */
const objectOf = ({ spec, why, settings }: HostPlan, nodeName: string) => ({
  apiVersion: 'bootlet.io/v1alpha1',
  kind: 'Plan',
  metadata: { name: nodeName },
  ...(spec === undefined ? { message: why } : { spec }),
  settings: settings.map((setting) => {
    if ('changes' in setting) {
      const changes = setting.changes.map(({ object, before, after, held, advice, restarts }) => ({
        object,
        before,
        after,
        held,
        advice,
        restarts,
      }));
      return { name: setting.name, changes };
    }
    const { code, message, hint } = setting.error;
    return { name: setting.name, changes: [], error: { code, message, hint } };
  }),
});

const exitOf = ({ settings, isAbandoned }: HostPlan, check: boolean): number => {
  if (isAbandoned) return EXIT.degraded;
  const error = settings.flatMap((setting) => ('error' in setting ? setting.error : []))[0];
  if (error !== undefined) return exitCodeOf(error.code);
  const isSettled = settings.flatMap(changesOf).every(({ advice }) => advice !== undefined);
  return check && !isSettled ? EXIT.degraded : EXIT.ok;
};
