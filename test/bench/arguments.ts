import { parseArgs } from 'node:util';
import type { Bench, BenchOptions } from './bench.ts';
import { cli } from './cli.ts';
import { coldBoot } from './cold-boot.ts';
import { crashRestart } from './crash-restart.ts';
import { daemonReady } from './daemon-ready.ts';
import { edit } from './edit.ts';
import { heartbeat } from './heartbeat.ts';
import { httpProbe } from './http-probe.ts';
import { idle } from './idle.ts';
import { driftRepair } from './network/drift.ts';
import { networkNoop } from './network/noop.ts';
import { networkSetup } from './network/setup.ts';
import { podStart } from './pod-start.ts';
import { register } from './register.ts';
import { remove } from './remove.ts';
import { validate } from './validate.ts';

interface Entry {
  readonly run: Bench;
  readonly defaults: Partial<BenchOptions>;
}

const benches: Readonly<Record<string, Entry>> = {
  'pod-start': { run: podStart, defaults: { rounds: 20, onTerm: 'exits' } },
  'crash-restart': { run: crashRestart, defaults: { rounds: 20, onTerm: 'exits' } },
  edit: { run: edit, defaults: {} },
  remove: { run: remove, defaults: {} },
  'cold-boot': { run: coldBoot, defaults: { rounds: 3, pods: 40 } },
  'daemon-ready': { run: daemonReady, defaults: { rounds: 20 } },
  idle: { run: idle, defaults: { pods: 110 } },
  cli: { run: cli, defaults: { rounds: 20 } },
  'http-probe': { run: httpProbe, defaults: { rounds: 10 } },
  'network-noop': { run: networkNoop, defaults: { rounds: 50 } },
  'network-setup': { run: networkSetup, defaults: { rounds: 5 } },
  'drift-repair': { run: driftRepair, defaults: {} },
  heartbeat: { run: heartbeat, defaults: {} },
  register: { run: register, defaults: { rounds: 10 } },
  validate: { run: validate, defaults: { pods: 1000 } },
};

export const USAGE = `usage: npm run -s bench -- NAME [--json] [--rounds N] [--pods N] [--seconds N] [--host-network]
                              [--on-term exits|ignores] [--probes] [--floor-only]
NAME: ${Object.keys(benches).join(', ')}
`;

export interface BenchArguments {
  readonly name: string;
  readonly run: Bench;
  readonly options: BenchOptions;
  readonly json: boolean;
}

/** Reads the command line; whatever it throws is a mistake in that. */
export const readArguments = (args: string[]): BenchArguments => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      pods: { type: 'string' },
      seconds: { type: 'string' },
      'host-network': { type: 'boolean', default: false },
      'on-term': { type: 'string' },
      probes: { type: 'boolean', default: false },
      'floor-only': { type: 'boolean', default: false },
    },
  });
  const [name = '', ...more] = positionals;
  const entry = benches[name];
  if (entry === undefined || more.length > 0) throw new Error('one benchmark is to be named');
  const { rounds = 10, pods = 10, onTerm = 'ignores' } = entry.defaults;
  const options: BenchOptions = {
    rounds: count(values.rounds, rounds),
    pods: count(values.pods, pods),
    seconds: count(values.seconds, 300),
    network: values['host-network'] ? 'host' : 'pod',
    onTerm: endOnTerm(values['on-term'], onTerm),
    probes: values.probes,
    floorOnly: values['floor-only'],
  };
  return { name, run: entry.run, options, json: values.json };
};

const count = (text: string | undefined, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`not a positive whole number: ${text}`);
  return value;
};

const endOnTerm = (text: string | undefined, otherwise: BenchOptions['onTerm']): BenchOptions['onTerm'] => {
  if (text === undefined) return otherwise;
  if (text === 'exits' || text === 'ignores') return text;
  throw new Error(`--on-term is exits or ignores, not ${text}`);
};
