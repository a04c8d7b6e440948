import { existsSync } from 'node:fs';
import type { Config } from './config/schema.ts';
import { type Conversation, startConversation } from './host/conversation.ts';
import { hostTools, type RunTool } from './host/run-tool.ts';
import { self } from './host/self.ts';
import { networkBase } from './main/network-base.ts';
import type { NetworkSpec } from './network/resources.ts';
import type { Check } from './network/verify/check.ts';
import { type Far, localProbe } from './network/verify/probe.ts';
import { distantProbe } from './network/verify/probe-lines.ts';
import { type Site, verifyNetwork } from './network/verify/verify.ts';
import { planHostSpec } from './plan.ts';
import { DockerEngine } from './runtime/docker/engine.ts';
import { ProbePods } from './runtime/docker/probe-pods.ts';
import { instanceOf } from './runtime/instance.ts';

export interface VerifyHostOptions {
  readonly outside: Far | undefined;
  readonly onCheck: (check: Check) => void;
  /** Aborted: ends early, and takes away what it made all the same. */
  readonly signal: AbortSignal;
}

/** `--net` of a process: what is sent in it comes from its addresses. */
const enter = (pid: number): readonly ['nsenter', string] => ['nsenter', `--net=/proc/${pid}/ns/net`];

const toolsIn = (run: RunTool, pid: number): RunTool => {
  const [program, net] = enter(pid);
  return (tool, args, options) => run(program, [net, tool, ...args], options);
};

/** Of the pod network, where bootlet has it and knows its ranges. */
const specOf = async (config: Config): Promise<NetworkSpec | undefined> => {
  if (!config.network.manage) return undefined;
  await using base = await networkBase(config);
  const plan = await planHostSpec(config, base);
  return plan.kind === 'spec' ? plan.spec : undefined;
};

/**
 * Sends real packets between the host, two pods that it makes for it, and an address outside. The daemon need not run.
 * @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_HOST_COMMAND, E_NETWORK_REFUSED; whatever `signal` was aborted with
 */
export const verifyHost = async (config: Config, options: VerifyHostOptions): Promise<readonly Check[]> => {
  const { paths, runtime } = config;
  const engine = new DockerEngine(runtime.docker.endpoint);
  // On a host where no daemon ran yet there is none.
  const instance = existsSync(paths.state) ? await instanceOf(paths.state) : 'new';
  const pods = new ProbePods(engine, instance);
  const run = hostTools(process.env);
  const host = localProbe();
  const conversations: Conversation[] = [];
  const newPod = async (name: string, bridge: string | undefined): Promise<Site> => {
    const pid = await pods.start(name, process.arch === 'arm64' ? 'arm64' : 'amd64', bridge);
    const conversation = startConversation([...enter(pid), ...self(), 'network', 'probe'], process.env);
    conversations.push(conversation);
    return { probe: distantProbe(conversation), run: toolsIn(run, pid) };
  };
  try {
    await pods.removeAll();
    const spec = await specOf(config);
    const bridge = config.network.docker.manage ? spec?.bridge.name : undefined;
    const sites = [await newPod('a', bridge), await newPod('b', bridge)] as const;
    return await verifyNetwork({ ...options, ranges: spec?.ranges ?? [], host: { probe: host, run }, pods: sites });
  } finally {
    host.close();
    await Promise.all(conversations.map((conversation) => conversation.end()));
    await pods.removeAll();
    await engine.close();
  }
};
