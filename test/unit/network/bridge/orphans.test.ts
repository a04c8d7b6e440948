import { test } from 'tap';
import type { RunTool } from '../../../../daemon/host/run-tool.ts';
import { OrphanFinder } from '../../../../daemon/network/bridge/orphans.ts';
import { aLink, aVeth } from '../../../support/host-network.ts';

/** Namespaces by path, each with its links as index and index of the other end; there is none of another path. */
const aHost = (namespaces: Readonly<Record<string, readonly (readonly [number, number])[]>>) => {
  const looked: string[] = [];
  const run: RunTool = async (program, [option = '']) => {
    const path = option.replace('--net=', '');
    looked.push(`${program} ${path}`);
    const links = namespaces[path];
    if (links === undefined) return { exitCode: 1, stdout: '', stderr: 'No such file or directory' };
    const list = links.map(([ifindex, link_index]) => ({ ifindex, link_index, ifname: 'eth0', linkinfo: {} }));
    return { exitCode: 0, stdout: JSON.stringify(list), stderr: '' };
  };
  return { run, looked };
};

const cbr0 = aLink('cbr0', [], { kind: 'bridge', index: 2 });
const loose = aVeth('veth7', { index: 7, peerIndex: 6 });

test('an interface whose other end is in a container of the bridge is an orphan, and only that one', async (t) => {
  const { run } = aHost({ '/ns/one': [[6, 7]], '/ns/two': [[6, 9]] });
  const finder = new OrphanFinder({ run, sandboxesOn: async () => ['/ns/one', '/ns/two', '/ns/ended'] });
  const others = [
    aVeth('veth8', { index: 8, peerIndex: 6 }),
    aVeth('veth9', { index: 9, peerIndex: 6, master: 'cbr0' }),
  ];
  t.same(await finder.find('cbr0', [loose, ...others]), [loose]);
});

test('where every container is on its bridge nobody is asked', async (t) => {
  const { run } = aHost({});
  const finder = new OrphanFinder({ run, sandboxesOn: () => Promise.reject(new Error('was asked')) });
  t.same(await finder.find('cbr0', [{ ...loose, master: 'cbr0' }]), []);
});

test("other programs' interfaces are looked into once, until there are others", async (t) => {
  const { run, looked } = aHost({ '/ns/one': [[6, 9]] });
  const finder = new OrphanFinder({ run, sandboxesOn: async () => ['/ns/one'] });
  t.same(await finder.find('cbr0', [cbr0, loose]), []);
  t.same(await finder.find('cbr0', [cbr0, loose]), []);
  t.same(looked, ['nsenter /ns/one']);
  const another = aVeth('veth9', { index: 9, peerIndex: 6 });
  t.same(await finder.find('cbr0', [cbr0, loose, another]), [another]);
});

test('while the runtime does not answer nothing is known, and it is asked again', async (t) => {
  const { run } = aHost({ '/ns/one': [[6, 7]] });
  let isThere = false;
  const finder = new OrphanFinder({ run, sandboxesOn: async () => (isThere ? ['/ns/one'] : undefined) });
  t.same(await finder.find('cbr0', [loose]), []);
  isThere = true;
  t.same(await finder.find('cbr0', [loose]), [loose]);
});

test('the interface of a container that was starting is an orphan once its bridge goes', async (t) => {
  const { run } = aHost({ '/ns/one': [[6, 7]] });
  let running: readonly string[] = [];
  const finder = new OrphanFinder({ run, sandboxesOn: async () => running });
  t.same(await finder.find('cbr0', [cbr0, loose]), [], 'the runtime does not list it yet');
  running = ['/ns/one'];
  t.same(await finder.find('cbr0', [loose]), [loose], 'the bridge was deleted before another look');
  t.same(await finder.find('cbr0', [cbr0, loose]), [loose]);
});

test('the interface of a container that was starting is an orphan once it was on its bridge', async (t) => {
  const { run } = aHost({ '/ns/one': [[6, 7]] });
  let running: readonly string[] = [];
  const finder = new OrphanFinder({ run, sandboxesOn: async () => running });
  t.same(await finder.find('cbr0', [cbr0, loose]), []);
  running = ['/ns/one'];
  t.same(await finder.find('cbr0', [cbr0, { ...loose, master: 'cbr0' }]), []);
  t.same(await finder.find('cbr0', [{ ...cbr0, index: 8 }, loose]), [loose], 'somebody made the bridge anew');
});

test('a namespace that could not be looked into is looked into again', async (t) => {
  const namespaces: Record<string, readonly (readonly [number, number])[]> = {};
  const { run } = aHost(namespaces);
  const finder = new OrphanFinder({ run, sandboxesOn: async () => ['/ns/one'] });
  t.same(await finder.find('cbr0', [cbr0, loose]), []);
  namespaces['/ns/one'] = [[6, 7]];
  t.same(await finder.find('cbr0', [cbr0, loose]), [loose]);
});
