import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { Ledger } from '../../../daemon/host/ledger.ts';

const aLedger = async (t: Test) => {
  const state = join(t.testdir({ state: {} }), 'state');
  const load = async (): Promise<Ledger> => {
    const ledger = new Ledger(join(state, 'ledger.json'));
    await ledger.load();
    return ledger;
  };
  return { ledger: await load(), load, state };
};

test('what several enter at the same moment is all there, in memory and on disk', async (t) => {
  const { ledger, load } = await aLedger(t);
  await Promise.all([
    ledger.enter('bridge', 'link cbr0', null),
    ledger.enter('host-ports', 'ipv4 nft', null),
    ledger.enter('bridge', 'link cbr0', 'a later one'),
    ledger.enter('bridge', 'address', '10.0.0.1'),
  ]);
  for (const book of [ledger, await load()]) {
    t.same(book.of('bridge'), { 'link cbr0': null, address: '10.0.0.1' });
    t.same(book.of('host-ports'), { 'ipv4 nft': null });
  }
});

test('what one strikes while another enters is gone, and what was entered is there', async (t) => {
  const { ledger, load } = await aLedger(t);
  await ledger.enter('docker', 'daemon.json', 'text');
  await Promise.all([
    ledger.enter('host-ports', 'ipv4 nft', null),
    ledger.strike('docker', 'daemon.json'),
    ledger.enter('docker', 'key bridge', null),
    ledger.strike('host-ports', 'ipv4 nft'),
  ]);
  for (const book of [ledger, await load()]) {
    t.same(book.of('docker'), { 'key bridge': null });
    t.same(book.of('host-ports'), {});
  }
});

test('what could not be saved is not in it, and does not keep the next from being saved', async (t) => {
  const { ledger, load, state } = await aLedger(t);
  await ledger.enter('bridge', 'link cbr0', null);
  await rm(state, { recursive: true });
  await writeFile(state, '');
  await t.rejects(ledger.enter('bridge', 'address', null));
  t.same(ledger.of('bridge'), { 'link cbr0': null });
  await rm(state);
  await mkdir(state);
  await ledger.enter('kernel', 'sysctl', '0');
  t.same((await load()).of('bridge'), { 'link cbr0': null });
  t.same((await load()).of('kernel'), { sysctl: '0' });
});
