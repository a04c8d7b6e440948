import { test } from 'tap';
import type { RunTool } from '../../../daemon/host/run-tool.ts';
import { sharingLooks } from '../../../daemon/host/shared-looks.ts';

const aRun = (fail = false) => {
  const calls: string[] = [];
  const run: RunTool = async (program, args, { input = '' } = {}) => {
    calls.push([program, ...args, input].join(' ').trim());
    if (fail) throw new Error(`no ${program}`);
    return { exitCode: 0, stdout: `${calls.length}`, stderr: '' };
  };
  return { calls, run: sharingLooks(run) };
};

test('looks at the same are one process, and such at something else another', async (t) => {
  const { calls, run } = aRun();
  const look = (input: string) => run('ip', ['-batch', '-'], { input, isLook: true });
  const results = await Promise.all([look('a'), look('a'), look('b')]);
  t.same(
    results.map(({ stdout }) => stdout),
    ['1', '1', '2'],
  );
  t.same(calls, ['ip -batch - a', 'ip -batch - b']);
});

test('what is no look is run each time', async (t) => {
  const { calls, run } = aRun();
  await Promise.all([run('ip', ['link']), run('ip', ['link'])]);
  t.same(calls, ['ip link', 'ip link']);
});

test('everybody is told how a look failed', async (t) => {
  const { calls, run } = aRun(true);
  const looks = [1, 2].map(() => run('nft', ['list'], { isLook: true }));
  for (const look of looks) await t.rejects(look, { message: 'no nft' });
  t.equal(calls.length, 1);
});
