import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../../../daemon/config/schema.ts';
import { schema } from '../../../../daemon/config/schema.ts';
import { dockerFinder } from '../../../../daemon/host/docker-process.ts';
import { Ledger } from '../../../../daemon/host/ledger.ts';
import { type AtStep, carryOut } from '../../../../daemon/network/carry-out.ts';
import { dockerSetting } from '../../../../daemon/network/docker/setting.ts';
import type { Change } from '../../../../daemon/network/host-setting.ts';
import { rangeOf } from '../../../../daemon/network/plan-spec.ts';
import type { NetworkSpec } from '../../../../daemon/network/resources.ts';
import { systemClock } from '../../../../daemon/reconcile/clock.ts';
import { DockerEngine } from '../../../../daemon/runtime/docker/engine.ts';
import { labImages } from '../../../lab/images.ts';
import { type Host, type HostDocker, newHost, startHostDocker } from '../../../lab/network/host.ts';
import type { Scope } from '../../../lab/scope.ts';
import { forgetRestarts } from '../../../support/docker-pace.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';

type DockerConfig = Partial<Config['network']['docker']>;

/** A host with a real Docker and cbr0, and the host setting that keeps Docker's options. */
export interface DockerOnHost {
  readonly host: Host;
  readonly docker: HostDocker;
  /** As another configuration, and so another daemon, would make it. */
  configure(docker: DockerConfig): void;
  plan(spec: NetworkSpec | undefined): Promise<readonly Change[]>;
  /** Plans and carries out, and resolves with what is still to do. @param meanwhile comes between the two */
  settle(
    spec: NetworkSpec | undefined,
    atStep?: AtStep,
    meanwhile?: () => Promise<unknown>,
  ): Promise<readonly Change[]>;
  file(): Promise<string | undefined>;
  put(text: string): Promise<void>;
  /** `NAME GATEWAY` of Docker's own network. */
  bridge(): Promise<string>;
  info(): Promise<Readonly<Record<string, unknown>>>;
  /** Starts a container that runs on, in the host's network unless told otherwise; resolves with its id. */
  container(more?: Readonly<Record<string, unknown>>, name?: string): Promise<string>;
  isRunning(id: string): Promise<boolean>;
}

export const specFor = (cidr: string, more: Partial<NetworkSpec> = {}): NetworkSpec =>
  aNetworkSpec({ ranges: [rangeOf(cidr)], ...more });

export const dockerOnHost = async (
  scope: Scope,
  options: Readonly<Record<string, unknown>> = {},
  docker: DockerConfig = {},
): Promise<DockerOnHost> => {
  const host = await newHost(scope);
  await host.run('ip', 'link', 'add', 'cbr0', 'type', 'bridge');
  await host.run('ip', 'link', 'set', 'cbr0', 'up');
  await host.run('ip', 'address', 'add', '10.22.3.1/24', 'dev', 'cbr0');
  const daemon = await startHostDocker(scope, host, options);
  const engine = new DockerEngine(daemon.endpoint);
  scope.teardown(() => engine.close());
  const state = join(host.dir, 'state.json');
  const made = async (more: DockerConfig) => {
    const { network, paths } = schema.fallback;
    const { configFile, restartCommand: restart } = daemon;
    const ledger = new Ledger(state);
    await ledger.load();
    const setting = dockerSetting({
      config: {
        network: { ...network, docker: { ...network.docker, configFile, restart, ...more } },
        paths: { ...paths, state: host.dir },
      },
      run: host.tools,
      // Those of this process are not the host's.
      sysctls: { read: () => undefined, write: async () => undefined },
      engine,
      find: dockerFinder({ endpoint: daemon.endpoint, root: '/' }),
      root: '/',
      clock: systemClock,
      stopping: undefined,
    });
    return { setting, ledger };
  };
  let current = made(docker);
  const plan: DockerOnHost['plan'] = async (spec) => {
    const { setting, ledger } = await current;
    return (await setting.plan(spec, ledger.of('docker'))).map(({ change }) => change);
  };
  const file = () => readFile(daemon.configFile, 'utf8').catch(() => undefined);
  return {
    host,
    docker: daemon,
    configure: (more) => {
      current = made(more);
    },
    plan,
    settle: async (spec, atStep, meanwhile = async () => undefined) => {
      await forgetRestarts(host.dir);
      const { setting, ledger } = await current;
      const planned = await setting.plan(spec, ledger.of('docker'));
      await meanwhile();
      await carryOut(setting, planned, { ledger, ...(atStep === undefined ? {} : { atStep }) });
      return plan(spec);
    },
    file,
    put: (text) => writeFile(daemon.configFile, text),
    bridge: async () => {
      const network = (await daemon.engine.call('GET', '/networks/bridge')) as {
        readonly IPAM: { readonly Config: readonly { readonly Gateway: string }[] };
        readonly Options: Readonly<Record<string, string>>;
      };
      return `${network.Options['com.docker.network.bridge.name']} ${network.IPAM.Config[0]?.Gateway}`;
    },
    info: async () => (await daemon.engine.call('GET', '/info')) as Readonly<Record<string, unknown>>,
    container: async (more = {}, name = '') => {
      await daemon.engine.load(await labImages());
      const body = { Image: 'lab/busybox:1', Cmd: ['sleep', '1000000'], HostConfig: { NetworkMode: 'host' }, ...more };
      const { Id } = (await daemon.engine.call('POST', `/containers/create?name=${name}`, body)) as {
        readonly Id: string;
      };
      await daemon.engine.call('POST', `/containers/${Id}/start`);
      return Id;
    },
    isRunning: async (id) => {
      const { State } = (await daemon.engine.call('GET', `/containers/${id}/json`)) as {
        readonly State: { readonly Running: boolean };
      };
      return State.Running;
    },
  };
};
