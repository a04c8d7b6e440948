import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'tap';
import { podFiles } from '../../../../daemon/pods/create/pod-files.ts';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { TerminationMessages } from '../../../../daemon/pods/worker/termination-messages.ts';
import { aRun, at, ended } from '../../../support/pod-builders.ts';

const failed = ended(aRun({ labels: { [label.terminationMessagePolicy]: 'FallbackToLogsOnError' } }), 1, at(1));

/** What is read of a container that failed. */
const messageIn = async (state: string, logs = async (): Promise<never> => Promise.reject(new Error('no log'))) => {
  const messages = new TerminationMessages(state, { logs }, new AbortController().signal);
  await messages.read([failed]);
  return messages.all.get(failed.id);
};

test('of last words that are too long the end counts', async (t) => {
  const state = t.testdir();
  const file = podFiles(state, 'uid-1').terminationLog('main', 0);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${'a'.repeat(4096)}the end`);
  t.equal(await messageIn(state), `${'a'.repeat(4089)}the end`);
});

test('what keeps the last words from being read is said in their place', async (t) => {
  const state = t.testdir();
  const file = podFiles(state, 'uid-1').terminationLog('main', 0);
  t.equal(await messageIn(state), 'Error on reading termination message from logs: no log');
  await mkdir(file, { recursive: true });
  t.match(await messageIn(state), `Error on reading termination log ${file}: `);
});
