import { test } from 'tap';
import { startConversation } from '../../../daemon/host/conversation.ts';

/** A program that answers each line by what it makes of it; undefined: not at all. */
const answering = (answer: string, limitMs?: number) => {
  const script = `
    const answer = ${answer};
    setInterval(() => undefined, 1000);
    require('node:readline').createInterface({ input: process.stdin })
      .on('line', (line) => { const text = answer(line); if (text !== undefined) console.log(text); })
      .on('close', () => { if (answer('end') !== 'stay') process.exit(0); });`;
  return startConversation([process.execPath, '-e', script], process.env, limitMs);
};

test('questions that overlap are answered in their order', async (t) => {
  const conversation = answering('(line) => line.toUpperCase()');
  t.same(await Promise.all(['a', 'b', 'c'].map((line) => conversation.ask(line))), ['A', 'B', 'C']);
  await conversation.end();
  await t.rejects(conversation.ask('d'), { code: 'E_HOST_COMMAND', message: /ended \(0\)/ });
});

test('one that ends leaves no question open', async (t) => {
  const conversation = answering('() => process.exit(3)');
  await t.rejects(conversation.ask('a'), { code: 'E_HOST_COMMAND', message: /ended \(3\)/ });
  await conversation.end();
});

test('one that does not answer is killed', async (t) => {
  const conversation = answering('() => undefined', 300);
  await t.rejects(conversation.ask('a'), { code: 'E_HOST_COMMAND', message: /ended \(SIGKILL\)/ });
});

test('one that does not end is killed', async (t) => {
  const conversation = answering("() => 'stay'", 2000);
  t.equal(await conversation.ask('a'), 'stay');
  await conversation.end();
  await t.rejects(conversation.ask('b'), { message: /ended \(SIGKILL\)/ });
});

test('a program that is not there is told', async (t) => {
  const conversation = startConversation(['/no/such/program'], process.env);
  await t.rejects(conversation.ask('a'), { code: 'E_HOST_COMMAND', message: /ENOENT/ });
  await conversation.end();
});
