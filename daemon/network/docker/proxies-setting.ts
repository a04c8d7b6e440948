import { join } from 'node:path';
import { unitOf } from '../../host/docker-service.ts';
import { readHostNetwork } from '../../host/ip/host-network.ts';
import type { Originals } from '../../host/ledger.ts';
import { environmentOf } from '../../host/processes.ts';
import { outputOf } from '../../host/run-tool.ts';
import { engineState } from '../../runtime/docker/engine-state.ts';
import { type HostSetting, hostSetting } from '../host-setting.ts';
import { checkWritable, giveBackFile, originalOf, PRIVATE, readOwnedFile, writeOwnedFile } from '../owned-file.ts';
import type { NetworkSpec } from '../resources.ts';
import { diffProxies, isThere, type ProxiesChange, type SeenProxies } from './plan-proxies.ts';
import { neverByProxy } from './proxies.ts';
import { dropInPath, dropInText, hasProxies, isProxiedBy, proxyVariables } from './proxy-drop-in.ts';
import type { DockerSettingOptions } from './setting.ts';
import { hasProxiesKey } from './wanted-keys.ts';

const HINT = "make it writable, or give Docker's unit its proxies yourself and take them out of network.docker.options";

/**
 * Proxies for a Docker that takes them from its environment alone (before 23): a drop-in of the systemd unit that runs it.
 * What dockerd has not taken over yet is the business of the setting `docker`, which restarts it.
 */
export const dockerProxiesSetting = ({
  config: { network },
  run,
  engine,
  find,
  root,
}: Omit<DockerSettingOptions, 'clock' | 'stopping' | 'sysctls'>): HostSetting => {
  const { manage, options } = network.docker;
  const proc = join(root, 'proc');
  const daemonReload = () => outputOf(run, 'systemctl', ['daemon-reload']);

  const isStale = async (unit: string): Promise<boolean> =>
    /^NeedDaemonReload=yes$/m.test(await outputOf(run, 'systemctl', ['show', '--property=NeedDaemonReload', unit]));

  const observe = async (given: NetworkSpec | undefined, originals: Originals): Promise<SeenProxies> => {
    const spec = manage && 'proxies' in options ? given : undefined;
    const noProxy = spec === undefined ? [] : neverByProxy(spec, await readHostNetwork(run));
    const variables = spec === undefined ? undefined : proxyVariables(options, noProxy);
    const paths = Object.keys(originals);
    const none = { wanted: 'none', own: [], isProxied: false, unit: undefined, isStale: false } as const;
    if (variables === undefined && paths.length === 0) return none;

    const own = await Promise.all(paths.map(readOwnedFile));
    const running = () => {
      const process = find();
      const environment = process === undefined ? [] : environmentOf(proc, process.pid);
      const unit = process === undefined ? undefined : unitOf(root, process.pid);
      return { environment, unit, seen: { own, isProxied: hasProxies(environment), unit } };
    };
    if (variables === undefined) {
      const { unit, seen } = running();
      return { ...none, ...seen, isStale: seen.isProxied && unit !== undefined && (await isStale(unit)) };
    }
    const state = await engineState(engine);
    // Nor is it looked for then, which is a look at every process.
    if (state === undefined) return { ...none, own, wanted: 'any' };
    const { environment, unit, seen } = running();
    if (hasProxiesKey(state)) return { ...none, ...seen };
    if (unit === undefined) return { ...none, ...seen, wanted: 'any' };

    const file = await readOwnedFile(dropInPath(root, unit));
    // An administrator gave it others.
    const isForeign = seen.isProxied && file.content === undefined && !Object.hasOwn(originals, file.path);
    if (isForeign) return { ...none, ...seen, wanted: 'any' };
    const wanted = { file, text: dropInText(variables) };
    if (!isThere(wanted)) checkWritable(file, HINT);
    return { wanted, ...seen, isStale: !isProxiedBy(environment, variables) && (await isStale(unit)) };
  };

  return hostSetting<SeenProxies, ProxiesChange>({
    name: 'docker-proxies',
    after: [],
    wokenBy: ['docker'],
    // Nothing tells of a file that was changed.
    polled: 'proxies' in options,
    goesBefore: { setting: 'docker' },
    podsNeed: false,
    observe,
    diff: diffProxies,
    apply: async ({ step }) => {
      switch (step.do) {
        case 'write':
          try {
            await writeOwnedFile(step.file.path, step.text, PRIVATE);
            await daemonReload();
          } catch (error) {
            await giveBackFile(step.file.path, originalOf(step.file));
            throw error;
          }
          return;
        case 'give back':
          await giveBackFile(step.path, step.original);
          await daemonReload();
          return;
        case 'reload':
          await daemonReload();
          return;
        case 'nothing':
          return;
        default:
          return step satisfies never;
      }
    },
  });
};
