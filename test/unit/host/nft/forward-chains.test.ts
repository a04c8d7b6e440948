import { test } from 'tap';
import { ForwardChains, readForwardChains } from '../../../../daemon/host/nft/forward-chains.ts';
import type { RunTool } from '../../../../daemon/host/run-tool.ts';

const aHost = () => {
  const host = { now: 0, looks: 0, fails: false };
  const run: RunTool = async () => {
    host.looks += 1;
    if (host.fails) throw new Error('nft was cut short');
    const chain = `type filter hook forward priority filter; policy ${host.looks === 1 ? 'accept' : 'drop'};`;
    return { exitCode: 0, stdout: `table inet fw {\n\tchain forward {\n\t\t${chain}\n\t}\n}\n`, stderr: '' };
  };
  return { host, chains: new ForwardChains(run, () => host.now) };
};

test('chains that were read are not read again for a minute', async (t) => {
  const { host, chains } = aHost();
  t.match(await chains.read(), [{ family: 'inet', table: 'fw', chain: 'forward', policy: 'accept' }]);
  host.now = 59_999;
  t.match(await chains.read(), [{ policy: 'accept' }]);
  host.now = 60_000;
  t.match(await chains.read(), [{ policy: 'drop' }]);
  t.equal(host.looks, 2);
});

test('once somebody may have changed them they are read', async (t) => {
  const { chains } = aHost();
  await chains.read();
  chains.forget();
  t.match(await chains.read(), [{ policy: 'drop' }]);
});

test('what could not be read is read the next time', async (t) => {
  const { host, chains } = aHost();
  host.fails = true;
  await t.rejects(chains.read(), /cut short/);
  host.fails = false;
  t.match(await chains.read(), [{ table: 'fw' }]);
});

test('where there is no nft there are none, and one that may not list them says so', async (t) => {
  const failing =
    (exitCode: number): RunTool =>
    async () => ({ exitCode, stdout: '', stderr: 'Operation not permitted' });
  t.same(await readForwardChains(failing(127)), []);
  await t.rejects(readForwardChains(failing(1)), { code: 'E_HOST_COMMAND', message: /not permitted/ });
});
