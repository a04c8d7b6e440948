import { Command, CommanderError } from 'commander';
import { version } from '../version.ts';
import { addCert } from './cert.ts';
import { addCompletion } from './completion.ts';
import { addConfig } from './config.ts';
import { addEvents } from './events.ts';
import { addExec } from './exec.ts';
import { EXIT } from './exit-code.ts';
import { addExplain } from './explain.ts';
import type { Io } from './io.ts';
import { addLogs } from './logs.ts';
import { addManifest } from './manifest.ts';
import { addMetrics } from './metrics.ts';
import { addNetwork } from './network.ts';
import { addNode } from './node.ts';
import { addPlan } from './plan.ts';
import { addPod } from './pod.ts';
import { addPods } from './pods.ts';
import { addPreflight } from './preflight.ts';
import { reportError } from './report-error.ts';
import { addReset } from './reset.ts';
import { addRun } from './run.ts';
import { addStatus } from './status.ts';
import { addSupport } from './support.ts';
import { addToken } from './token.ts';
import { addVersion } from './version.ts';

const EXIT_CODES = `
Exit codes: 0 ok, 1 failure, 2 usage, 3 daemon not running, 4 permission, 5 not valid, 6 preflight failed,
7 degraded (status --check) or to be changed (plan --check),
8 --wait ran out or no answer, 130 interrupted`;

const commands: Readonly<Record<string, (program: Command, io: Io) => void>> = {
  run: addRun,
  status: addStatus,
  pods: addPods,
  pod: addPod,
  logs: addLogs,
  exec: addExec,
  events: addEvents,
  metrics: addMetrics,
  manifest: addManifest,
  config: addConfig,
  plan: addPlan,
  network: addNetwork,
  node: addNode,
  cert: addCert,
  token: addToken,
  preflight: addPreflight,
  reset: addReset,
  support: addSupport,
  explain: addExplain,
  version: addVersion,
  completion: addCompletion,
};

/** Building them all takes longer than asking the daemon, so only the one that is called is built, where that can be told. */
const wantedCommands = (firstWord: string) => {
  const one = firstWord !== 'completion' && Object.hasOwn(commands, firstWord) ? commands[firstWord] : undefined;
  return one === undefined ? Object.values(commands) : [one];
};

const programOf = (firstWord: string, io: Io): Command => {
  const program = new Command('bootlet')
    .description('Turns this host into a Kubernetes node and keeps it one.')
    .version(version, '-V, --version')
    .option('--socket <path>', 'the daemon to talk to (default: BOOTLET_SOCKET, else /run/bootlet/bootlet.sock)')
    .configureOutput({ writeOut: io.out, writeErr: io.note, outputError: () => undefined })
    .addHelpText('after', EXIT_CODES)
    .exitOverride();
  for (const add of wantedCommands(firstWord)) add(program, io);
  return program;
};

/** Runs one command line, without the program's name, and reports what goes wrong. */
export const runCommand = async (args: readonly string[], io: Io): Promise<void> => {
  try {
    await programOf(args[0] ?? '', io).parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) reportUsage(error, io);
    else io.setExitCode(reportError(error, io));
  }
};

/** Commander stops by throwing, after it printed what was asked for (--help, --version) or the help that was needed. */
const reportUsage = ({ code, exitCode, message }: CommanderError, io: Io): void => {
  if (exitCode === 0) return;
  io.setExitCode(EXIT.usage);
  if (code === 'commander.help') return;
  const text = message.replace(/^error: /, '').replace('\n(Did you mean', ' (did you mean');
  io.note(`error: ${text} (E_USAGE)\nhint: bootlet help\n`);
};
