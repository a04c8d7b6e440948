import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import type { Json } from '../../../../daemon/host/json-value.ts';
import type { Originals } from '../../../../daemon/host/ledger.ts';
import { stepsOf } from '../../../../daemon/network/docker/carry-out-step.ts';
import { readDaemonJson } from '../../../../daemon/network/docker/daemon-json.ts';
import { expectedNetwork } from '../../../../daemon/network/docker/expected-network.ts';
import type { DockerMemory } from '../../../../daemon/network/docker/memory.ts';
import { planDocker } from '../../../../daemon/network/docker/plan.ts';
import type { DockerChange } from '../../../../daemon/network/docker/steps.ts';
import { fileOriginal, NETWORK_ENTRY, originalTarget, wantedTarget } from '../../../../daemon/network/docker/target.ts';
import type { NetworkSpec } from '../../../../daemon/network/resources.ts';
import { systemClock } from '../../../../daemon/reconcile/clock.ts';
import { DEFAULT_NETWORK } from '../../../../daemon/runtime/docker/bridge-network.ts';
import type { DockerEngine } from '../../../../daemon/runtime/docker/engine.ts';
import { OWN_NETWORK } from '../../../../daemon/runtime/docker/own-network.ts';
import { aBridgeNetwork, anEngineState } from './builders.ts';

type Keys = Readonly<Record<string, Json>>;

const GATEWAY = '10.22.3.1';

/** A dockerd with its file and what it remembers, and bootlet's steps on it, which can be cut at any point within them. */
export interface ModelDocker {
  /** Points at which bootlet could have been cut so far. */
  readonly points: readonly string[];
  readonly restarts: number;
  readonly memory: DockerMemory;
  /** What it runs with; undefined: it does not run. */
  readonly running: Keys | undefined;
  /** The gateway of its network. */
  readonly gateway: string | undefined;
  file(): Promise<Keys>;
  put(keys: Keys): Promise<void>;
  /** systemctl stop */
  stop(): void;
  /** systemctl restart, by somebody else. */
  restartByHand(): Promise<void>;
  /** Which options are configured from now on. */
  configure(options: Keys): void;
  /** Cuts at the n-th point from now on, counted from 1. */
  cutAt(n: number, meanwhile?: () => Promise<void>): void;
  /** What is planned now. */
  plan(): Promise<readonly DockerChange[]>;
  /** One daemon: plans and carries out until nothing is left to make, and resolves with what is held. @throws Error, named as the point, where it is cut */
  daemon(): Promise<readonly string[]>;
  /** The same for `bootlet reset`. */
  reset(): Promise<readonly string[]>;
  /** Whether it has the network bootlet in its store. */
  readonly hasOwn: boolean;
  /** Names of what the ledger has. */
  readonly entered: readonly string[];
}

const WANTED: Keys = { bridge: 'cbr0', iptables: false };

export interface ModelOptions {
  /** The gateway that it would put on the bridge. */
  readonly remembered?: string | undefined;
  /** Whether pods are on a network of the API's, beside Docker's own. */
  readonly isOwn?: boolean;
}

/** `no-such` among its options keeps it from starting, and so does its own network on the bridge of one of the API's. */
export const modelDocker = async (
  t: Test,
  spec: NetworkSpec,
  { remembered, isOwn = false }: ModelOptions = {},
): Promise<ModelDocker> => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-model-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, 'daemon.json');
  const file = async (): Promise<Keys> => JSON.parse(await readFile(path, 'utf8'));
  const put = (keys: Keys): Promise<void> => writeFile(path, JSON.stringify(keys, null, 2));
  await put(remembered === undefined ? { debug: true } : { debug: true, ...WANTED });
  let running: Keys | undefined = await file();
  let stored = remembered;
  let hasOwn = false;
  let starts = 1;
  let options: Keys = {};
  let memory: DockerMemory = {};
  let originals: Originals = {};
  let left = 0;
  let meanwhile = async (): Promise<void> => undefined;
  const points: string[] = [];
  const reach = async (point: string): Promise<void> => {
    points.push(point);
    left -= 1;
    if (left !== 0) return;
    await meanwhile();
    // SIGKILL, as far as one can have it within a process.
    throw new Error(point);
  };
  const process = () => (running === undefined ? undefined : { pid: 1, id: String(starts), startedAt: 0, args: [] });
  const isOnBridge = (): boolean => running?.['bridge'] === 'cbr0';
  const network = () => {
    if (running === undefined || running['bridge'] === 'none') return undefined;
    const gateway = isOnBridge() ? (stored ?? GATEWAY) : '172.17.0.1';
    const subnet = gateway.replace(/1$/, '0/24');
    return aBridgeNetwork({ bridgeName: isOnBridge() ? 'cbr0' : 'docker0', subnets: [{ subnet, gateway }] });
  };
  const own = () => (hasOwn ? [aBridgeNetwork({ id: 'n1', name: OWN_NETWORK, isOwn: true })] : []);
  const engine = () => (running === undefined ? undefined : anEngineState({ bridge: network(), userNetworks: own() }));
  const api: Pick<DockerEngine, 'call'> = {
    call: async ({ method, path: asked }) => {
      await reach(`${method} ${asked}: before`);
      if (running === undefined) throw new BootletError('E_RUNTIME_UNAVAILABLE', 'it does not run');
      if (method === 'POST') hasOwn = true;
      if (method === 'DELETE') hasOwn = false;
      await reach(`${method} ${asked}: after`);
      return { status: 200, body: {} };
    },
  };
  const dockerd = {
    process,
    log: () => "Docker's log",
    state: async () => engine(),
    reload: () => Promise.reject(new Error('not part of the model')),
    restart: async () => {
      await reach('restart: asked for');
      running = undefined;
      await reach('restart: stopped');
      const keys = await file();
      if ('no-such' in keys || (hasOwn && keys['bridge'] === 'cbr0'))
        throw new BootletError('E_NETWORK_UNSETTLED', 'it did not come back');
      starts += 1;
      running = keys;
      if (keys['bridge'] === 'none') stored = undefined;
      if (isOnBridge()) stored ??= GATEWAY;
      await reach('restart: started');
      const [found, state] = [process(), engine()];
      if (found === undefined || state === undefined) throw new Error('it runs');
      return { process: found, state };
    },
  };
  const planWith = async (isReset = false): Promise<readonly DockerChange[]> => {
    if (isReset && Object.keys(originals).length === 0) return [];
    const seen = await readDaemonJson(path);
    const wanted = new Map(Object.entries({ ...WANTED, ...(isOwn ? { bridge: undefined } : {}), ...options }));
    const found = process();
    const original = fileOriginal(originals, path) ?? { text: seen.text, hadFolder: true };
    const name = isOwn ? OWN_NETWORK : DEFAULT_NETWORK;
    return planDocker({
      path,
      target: isReset ? originalTarget(path, seen, originals) : wantedTarget(path, seen, wanted, originals),
      bridgeFlag: undefined,
      expect: isReset ? undefined : expectedNetwork(spec, { followsMtu: false, name }),
      isEntered: Object.hasOwn(originals, NETWORK_ENTRY),
      loopback: [],
      original: { ...original, text: original.text ?? null },
      file: seen,
      engine: engine(),
      process: found,
      // A process that was started with the file as it is has read it.
      loaded: memory.loaded?.process === found?.id ? memory.loaded?.keys : running,
      memory,
      restartFor: [],
      service: { command: ['restart'] },
    });
  };
  const live = async (isReset: boolean): Promise<readonly string[]> => {
    const apply = stepsOf({
      path,
      dockerd,
      memory: {
        load: async () => memory,
        save: async (value) => {
          await reach('memory: before');
          memory = value;
          await reach('memory: after');
        },
      },
      engine: api,
      sysctls: { read: () => undefined, write: async () => undefined },
      run: async () => ({ exitCode: 0, stdout: '[]', stderr: '' }),
      clock: systemClock,
    });
    for (let pass = 0; pass < 10; pass += 1) {
      const changes = await planWith(isReset);
      const made = changes.filter(({ held }) => held === undefined);
      if (made.length === 0) return changes.map(({ held = '' }) => held);
      try {
        for (const { step, ledger, object, entry } of made) {
          await reach(`plan: ${step.do}`);
          if (ledger.do === 'enter') originals = { [entry ?? object]: ledger.original, ...ledger.parts, ...originals };
          await apply(step);
          if (ledger.do === 'strike') {
            const { [entry ?? object]: _, ...left } = originals;
            originals = left;
          }
        }
      } catch (error) {
        if (!(error instanceof BootletError)) throw error;
      }
    }
    throw new Error('it does not settle');
  };
  return {
    points,
    get restarts() {
      return starts - 1;
    },
    get memory() {
      return memory;
    },
    get running() {
      return running;
    },
    get gateway() {
      return network()?.subnets[0]?.gateway;
    },
    file,
    put,
    stop: () => {
      running = undefined;
    },
    restartByHand: async () => {
      running = await file();
      starts += 1;
    },
    configure: (more) => {
      options = more;
    },
    cutAt: (n, then = async () => undefined) => {
      left = n;
      meanwhile = then;
    },
    plan: () => planWith(),
    daemon: () => live(false),
    reset: () => live(true),
    get hasOwn() {
      return hasOwn;
    },
    get entered() {
      return Object.keys(originals);
    },
  };
};
