import { randomBytes } from 'node:crypto';
import { run } from './run.ts';
import type { Scope } from './scope.ts';

/** Makes a network namespace with only its loopback up; its name under /run/netns. */
export const newNetns = async (scope: Scope): Promise<string> => {
  const name = `bl-${randomBytes(4).toString('hex')}`;
  await run('ip', ['netns', 'add', name]);
  scope.teardown(async () => {
    await run('ip', ['netns', 'delete', name]);
  });
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  return name;
};
