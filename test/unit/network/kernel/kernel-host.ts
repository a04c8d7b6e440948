import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Test } from 'tap';
import { Ledger } from '../../../../daemon/host/ledger.ts';
import type { RunTool } from '../../../../daemon/host/run-tool.ts';
import { hostSysctls } from '../../../../daemon/host/sysctls.ts';
import { type AtStep, carryOut } from '../../../../daemon/network/carry-out.ts';
import type { Change } from '../../../../daemon/network/host-setting.ts';
import { kernelSetting } from '../../../../daemon/network/kernel/kernel.ts';
import type { NetworkSpec } from '../../../../daemon/network/resources.ts';
import { stateFolder } from '../../../support/state-folder.ts';

/** As a bare host has them, but for the forwarding of eth0: no kernel is here to set it with the host's. */
export const bare: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '0',
  'net/ipv4/conf/all/accept_redirects': '1',
  'net/ipv4/conf/eth0/forwarding': '1',
  'net/ipv6/conf/all/forwarding': '0',
  'net/ipv6/conf/eth0/accept_ra': '1',
  'net/core/somaxconn': '128',
  'net/ipv4/tcp_rmem': '4096\t131072\t6291456',
  'vm/overcommit_memory': '0',
  'vm/panic_on_oom': '0',
  'kernel/panic': '0',
  'kernel/panic_on_oops': '0',
  'kernel/keys/root_maxkeys': '200',
  'kernel/keys/root_maxbytes': '20000',
};

interface HostOptions {
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly configured?: Readonly<Record<string, string>>;
  readonly isStandalone?: boolean;
  /** Of br_netfilter. `built-in` by default. */
  readonly module?: 'built-in' | 'loaded' | 'loadable' | 'none';
  /** As `ip` tells them. */
  readonly links?: readonly Readonly<Record<string, unknown>>[];
}

/** What stands for a host's kernel and /etc. */
export const newHost = async (
  t: Test,
  { sysctls = {}, configured = {}, isStandalone = true, module = 'built-in', links = [] }: HostOptions = {},
) => {
  const root = stateFolder(t);
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [path, value] of Object.entries({ ...bare, ...sysctls })) put(`proc/sys/${path}`, `${value}\n`);
  put(
    'proc/net/route',
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n',
  );
  mkdirSync(join(root, 'etc/sysctl.d'), { recursive: true });
  const load = (): void => {
    for (const name of ['iptables', 'ip6tables', 'arptables']) put(`proc/sys/net/bridge/bridge-nf-call-${name}`, '1\n');
    put('sys/module/br_netfilter/initstate', 'live\n');
  };
  if (module === 'built-in') mkdirSync(join(root, 'proc/sys/net/bridge'));
  if (module === 'loaded') load();
  const calls: string[] = [];
  const run: RunTool = async (program, args) => {
    if (program === 'ip') return { exitCode: 0, stdout: `${JSON.stringify(links)}\n[]\n`, stderr: '' };
    calls.push([program, ...args].join(' '));
    const exitCode = module === 'loadable' ? 0 : 1;
    if (args[0] === 'br_netfilter') load();
    if (args[0] === '--remove')
      for (const path of ['proc/sys/net/bridge', 'sys']) rmSync(join(root, path), { recursive: true, force: true });
    return { exitCode, stdout: '', stderr: '' };
  };
  const ledger = new Ledger(join(stateFolder(t), 'ledger.json'));
  const sysctlFile = join(root, 'etc/sysctl.d/90-bootlet.conf');
  const modulesFile = join(root, 'etc/modules-load.d/bootlet.conf');
  const settingWith = (more: Readonly<Record<string, string>>) =>
    kernelSetting({
      run,
      sysctls: hostSysctls(join(root, 'proc/sys')),
      root,
      isStandalone,
      configured: more,
      sysctlFile,
      modulesFile,
    });
  const plan = (spec: NetworkSpec | undefined, more = configured) => settingWith(more).plan(spec, ledger.of('kernel'));
  /** Carries out what there is to do. */
  const pass = async (
    spec: NetworkSpec | undefined,
    more = configured,
    atStep: AtStep = () => undefined,
  ): Promise<readonly Change[]> => {
    const planned = await plan(spec, more);
    await carryOut({ name: 'kernel' }, planned, { ledger, atStep });
    return planned.map(({ change }) => change);
  };
  return {
    root,
    ledger,
    calls,
    sysctlFile,
    modulesFile,
    put,
    plan,
    pass,
    sysctl: (path: string): string => readFileSync(join(root, 'proc/sys', path), 'utf8').trim(),
    /** Everything that there is, by path. */
    dump: (): Readonly<Record<string, string>> =>
      Object.fromEntries(
        readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
          const path = join(entry.parentPath, entry.name);
          return [relative(root, path), entry.isFile() ? readFileSync(path, 'utf8').trim() : ''];
        }),
      ),
  };
};

export const objects = (changes: readonly Change[]): readonly string[] => changes.map(({ object }) => object);
