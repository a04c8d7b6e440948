import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CaseHost } from './case-host.ts';
import type { Case } from './cases.ts';
import { compare } from './compare.ts';
import type { Facts, Step } from './expectation.ts';
import { carryOut, readFiles } from './file-actions.ts';
import { fill, type Placeholders } from './placeholders.ts';

/** Runs a case to its end, which takes its `settleSeconds`: one line for each fact that does not hold, none when all do. */
export const runCase = async (host: CaseHost, { folder, manifest, name, ...rest }: Case): Promise<string[]> => {
  const { setup = [], steps = [], settleSeconds, uids, ...settled } = rest.expected;
  const out = await host.newFolder();
  for (const action of setup) await carryOut(out, action);

  const podName = `${rest.podName}-${host.nodeName}`;
  const history = host.follow(podName);
  const known = (): Placeholders => ({
    '@OUT@': out,
    '@NODE@': host.nodeName,
    '@HOSTIP@': host.nodeIP,
    '@UID@': history.uid,
    '@PODIP@': history.podIP,
  });
  const file = `${name}.yaml`;
  let isDropped = false;
  const drop = async (content: string): Promise<void> => {
    await host.manifests.drop(file, fill(content, known()));
    isDropped = true;
  };
  const take = async (): Promise<void> => {
    if (isDropped) await host.manifests.take(file);
    isDropped = false;
  };

  const start = Date.now();
  const differences = async (facts: Facts, second: number): Promise<string[]> => {
    const [pod, events, files] = await Promise.all([
      host.pod(podName),
      host.eventsOf(podName, start),
      readFiles(out, fill(facts, known()).files),
    ]);
    return compare(fill(facts, known()), { pod, events, files }).map((line) => `at ${second} s: ${line}`);
  };
  const act = async (step: Step): Promise<string[]> => {
    await delay(Math.max(0, start + step.after * 1000 - Date.now()));
    if (step.do === 'check') return differences(step, step.after);
    if (step.do === 'delete') await take();
    else if (step.do === 'replace') await drop(await readFile(join(folder, step.with), 'utf8'));
    else await carryOut(out, step);
    return [];
  };

  try {
    await drop(manifest);
    const found: string[] = [];
    for (const step of steps) found.push(...(await act(step)));
    await delay(Math.max(0, start + settleSeconds * 1000 - Date.now()));
    found.push(...(await differences(settled, settleSeconds)));
    if (uids !== undefined && history.uids.size !== uids)
      found.push(`the pod had ${history.uids.size} uids, should have had ${uids}`);
    return found;
  } finally {
    await take();
  }
};
