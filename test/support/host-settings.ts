import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOST_PORTS_MEMORY, hostPortsMemory } from '../../daemon/network/host-ports/memory.ts';
import type { HostPort } from '../../daemon/shared-resources.ts';
import { type Host, POD_CIDRS, pathsOf } from '../lab/network/host.ts';
import { forgetRestarts } from './docker-pace.ts';
import type { ProgramReport } from './settings-program.ts';

const PROGRAM = join(import.meta.dirname, 'settings-program.ts');

export interface HostSettingsOptions {
  /** Of the section `network`; Docker is left alone unless it says otherwise. */
  readonly network?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** As a daemon has made them last. */
  readonly hostPorts?: readonly HostPort[];
  /** Of the file with the configuration, where the host has several, one after another. */
  readonly name?: string;
  /** Whether a set-up with it fails. */
  readonly fails?: boolean;
}

/** The host settings of bootlet on a host of the lab, without the rest of the daemon: each call is a process of its own. */
export interface HostSettings {
  readonly ledgerFile: string;
  /** Makes the network from whatever is there. */
  setup(): Promise<ProgramReport>;
  /** Takes it back. */
  reset(): Promise<ProgramReport>;
  /** Looks so many times over everything, which must find nothing to do. */
  passes(count: number): Promise<ProgramReport>;
  /** Runs so many times the commands that one pass looks by, and nothing else. */
  looks(passes: ProgramReport, count: number): Promise<ProgramReport>;
  /** Runs the commands that a set-up changed things by, and nothing else. */
  replay(setup: ProgramReport): Promise<ProgramReport>;
  /** The same job, ended by SIGKILL at that step. Resolves with whether it came so far. */
  kill(job: 'setup' | 'reset', step: string): Promise<boolean>;
}

export const hostSettings = async (host: Host, options: HostSettingsOptions = {}): Promise<HostSettings> => {
  const { network = {}, config = {}, hostPorts = [], name = 'bootlet', fails = false } = options;
  const configFile = join(host.dir, `${name}.yaml`);
  const state = join(host.dir, 'state');
  const content = {
    apiVersion: 'bootlet.io/v1alpha1',
    kind: 'BootletConfiguration',
    nodeName: 'lab-host',
    paths: { ...pathsOf(host), state },
    network: { podCIDRs: Object.values(POD_CIDRS), docker: { manage: false }, ...network },
    ...config,
  };
  await mkdir(state, { recursive: true });
  await writeFile(configFile, JSON.stringify(content, null, 2));
  await hostPortsMemory(join(state, HOST_PORTS_MEMORY)).save(hostPorts);

  // Most of what a process of the program takes is to read the sources.
  const env = { ...host.env, NODE_COMPILE_CACHE: join(host.dir, 'compiled') };
  const call = (...args: string[]) =>
    host.tryRun(process.execPath, [PROGRAM, configFile, ...args, ...(fails ? ['--fails'] : [])], { env });
  const report = async (...args: string[]): Promise<ProgramReport> => {
    const { code, stdout, stderr } = await call(...args);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout) as ProgramReport;
  };
  const again = async (job: 'looks' | 'replay', earlier: ProgramReport, ...args: string[]): Promise<ProgramReport> => {
    const file = join(host.dir, 'report.json');
    await writeFile(file, JSON.stringify(earlier));
    return report(job, '--report', file, ...args);
  };
  const change = async (job: 'setup' | 'reset'): Promise<ProgramReport> => {
    await forgetRestarts(state);
    return report(job);
  };
  return {
    ledgerFile: join(state, 'ledger.json'),
    setup: () => change('setup'),
    reset: () => change('reset'),
    passes: (count) => report('passes', '--passes', String(count)),
    looks: (passes, count) => again('looks', passes, '--passes', String(count)),
    replay: (setup) => again('replay', setup),
    kill: async (job, step) => {
      await forgetRestarts(state);
      const { code, stderr } = await call(job, '--kill-at', step);
      if (code > 0) throw new Error(`${job} ended with ${code}:\n${stderr}`);
      return code < 0;
    },
  };
};
