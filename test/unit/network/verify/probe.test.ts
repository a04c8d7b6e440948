import { PassThrough } from 'node:stream';
import { test } from 'tap';
import { LEAST_BYTES, localProbe } from '../../../../daemon/network/verify/probe.ts';
import { distantProbe, serveProbe } from '../../../../daemon/network/verify/probe-lines.ts';

test('who listens tells whoever comes the address that it is seen as', async (t) => {
  const probe = localProbe();
  t.teardown(() => probe.close());
  const { tcp, udp } = await probe.listen('ipv4', 0);
  const address = '127.0.0.1';
  t.same(await probe.tcp({ address, port: tcp }, 5000), { outcome: 'answered', seen: address });
  t.same(await probe.udp({ address, port: udp, family: 'ipv4' }, LEAST_BYTES, 5000), {
    outcome: 'answered',
    seen: address,
  });
});

test('nobody is sent more than was asked with', async (t) => {
  const probe = localProbe();
  t.teardown(() => probe.close());
  const { udp } = await probe.listen('ipv4', 0);
  t.match(await probe.udp({ address: '127.0.0.1', port: udp, family: 'ipv4' }, 10, 100), { outcome: 'silent' });
});

test('where nothing listens, the refusal is told from silence', async (t) => {
  const probe = localProbe();
  const { tcp, udp } = await probe.listen('ipv4', 0);
  probe.close();
  const address = '127.0.0.1';
  t.same(await probe.tcp({ address, port: tcp }, 5000), { outcome: 'refused' });
  t.same(await probe.udp({ address, port: udp, family: 'ipv4' }, LEAST_BYTES, 5000), { outcome: 'refused' });
});

test('a probe works the same over a conversation, and its errors come back', async (t) => {
  const input = new PassThrough();
  const answers: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  const served = serveProbe(input, (line) => (waiting.shift() ?? ((l: string) => answers.push(l)))(line));
  const distant = distantProbe({
    ask: (line) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        input.write(`${line}\n`);
      }),
    end: async () => void input.end(),
  });
  const { tcp } = await distant.listen('ipv4', 0);
  t.match(await distant.tcp({ address: '127.0.0.1', port: tcp }, 5000), { outcome: 'answered', seen: '127.0.0.1' });
  await t.rejects(distant.listen('ipv4', tcp), { message: /EADDRINUSE/ });
  input.end();
  await served;
  t.same(answers, []);
});
