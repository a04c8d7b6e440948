import { join } from 'node:path';
import { test } from 'tap';
import { startChild } from '../../lab/child.ts';
import { newNetns } from '../../lab/netns.ts';
import { run } from '../../lab/run.ts';
import { missing } from '../../support/requires.ts';

const FOUND_MS = 30_000;

const options = { skip: missing('ip', 'iptables', 'nsenter'), timeout: 120_000 };
test('a watch whose packets are dropped, without a word to either end, is found within 30 s', options, async (t) => {
  const netns = await newNetns(t);
  const program = join(import.meta.dirname, '../../lab/node/watching.ts');
  const child = startChild([process.execPath, program], { netns });
  t.teardown(() => child.end('SIGKILL'));
  const [, port = ''] = (await child.line(/^watching/, 30_000)).split(' ');
  // Both ways: what the server says again, since nobody acknowledged it, would be a sign of life.
  for (const end of ['--dport', '--sport']) {
    const drop = ['iptables', '-w', '-A', 'INPUT', '-p', 'tcp', end, port, '-j', 'DROP'];
    await run('nsenter', [`--net=/run/netns/${netns}`, '--', ...drop]);
  }
  const begun = performance.now();
  const said = await child.line(/^ended/, FOUND_MS);
  t.match(said, /ended with .*ETIMEDOUT/);
  t.comment(`found after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
});
