import { test } from 'tap';
import { detectBackEnd } from '../../../../daemon/host/iptables/back-end.ts';
import type { RunTool } from '../../../../daemon/host/run-tool.ts';

const NFT = 'iptables v1.8.9 (nf_tables)\n';
const LEGACY = 'iptables v1.8.9 (legacy)\n';

/** A host on which these programs print this, and no others are there. */
const host =
  (programs: Readonly<Record<string, string>>): RunTool =>
  async (program) => {
    const stdout = programs[program];
    return stdout === undefined ? { exitCode: 127, stdout: '', stderr: 'none' } : { exitCode: 0, stdout, stderr: '' };
  };

const HINT = '*mangle\n:KUBE-IPTABLES-HINT - [0:0]\nCOMMIT\n';
const both = { 'iptables-nft': NFT, 'iptables-legacy': LEGACY };

test("without a hint of Kubernetes' it is the back end of the host's own iptables, by the name that says which", async (t) => {
  const own = { backEnd: 'legacy', suffix: '-legacy', isRecent: true };
  t.same(await detectBackEnd(host({ ...both, iptables: LEGACY })), own);
});

test('a hint of a kubelet or kube-proxy decides, in whichever family it is', async (t) => {
  const hinted = { ...both, iptables: NFT, 'ip6tables-legacy-save': HINT };
  t.match(await detectBackEnd(host(hinted)), { backEnd: 'legacy' });
});

test('an old iptables is the legacy one, and has not what came with 1.6.2', async (t) => {
  const old = { backEnd: 'legacy', suffix: '', isRecent: false };
  t.same(await detectBackEnd(host({ iptables: 'iptables v1.4.21\n' })), old);
});

test('a host without iptables is refused, with the way out', async (t) => {
  await t.rejects(detectBackEnd(host({})), { code: 'E_NETWORK_REFUSED', hint: 'install the package iptables' });
});
