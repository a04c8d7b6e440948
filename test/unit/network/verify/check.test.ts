import { test } from 'tap';
import {
  judgeAddress,
  judgeDirect,
  judgeHost,
  judgeMtu,
  judgeOutside,
  judgeOversize,
} from '../../../../daemon/network/verify/check.ts';

const way = { name: 'pod → pod', family: 'ipv4', from: '10.22.3.5', to: '10.22.3.6' } as const;
const silent = { outcome: 'silent', why: 'no answer in 2000 ms' } as const;
const refused = { outcome: 'refused' } as const;
const seenAs = (seen: string) => ({ outcome: 'answered', seen }) as const;

test('a pod has an address of the range that it should', async (t) => {
  const range = { family: 'ipv4', cidr: '10.22.3.0/24' } as const;
  t.match(judgeAddress(range, '10.22.3.5'), { result: 'passed' });
  t.match(judgeAddress(range, '172.17.0.2'), { result: 'failed', message: /not of the range/ });
  t.match(judgeAddress(range, undefined), { result: 'failed', message: /no ipv4 address/ });
});

test('between pods a packet arrives with the address that it was sent from', async (t) => {
  t.match(judgeDirect(way, seenAs('10.22.3.5')), { result: 'passed', seen: '10.22.3.5' });
  t.match(judgeDirect(way, seenAs('10.22.3.1')), { result: 'failed', seen: '10.22.3.1', message: /masqueraded/ });
  t.match(judgeDirect(way, silent), { result: 'failed', message: /no answer in 2000 ms/ });
  t.match(judgeDirect(way, refused), { result: 'failed' });
});

test('the host may be seen as any of its addresses', async (t) => {
  t.match(judgeHost(way, seenAs('192.0.2.7')), { result: 'passed', seen: '192.0.2.7' });
  t.match(judgeHost(way, silent), { result: 'failed' });
});

test('outside, the address that is seen is told, and whether it is the pod’s own', async (t) => {
  t.match(judgeOutside(way, seenAs('192.0.2.7'), true), {
    result: 'passed',
    seen: '192.0.2.7',
    message: 'masqueraded',
  });
  t.match(judgeOutside(way, seenAs('10.22.3.5'), true), { result: 'passed', message: /not masqueraded/ });
  t.match(judgeOutside(way, { outcome: 'answered' }, true), { result: 'passed', message: /does not tell.*--listen/ });
});

test('a refusal from outside was there and back', async (t) => {
  t.match(judgeOutside(way, refused, true), { result: 'passed' });
});

test('only a far end that the user named has to answer', async (t) => {
  t.match(judgeOutside(way, silent, true), { result: 'failed' });
  t.match(judgeOutside(way, silent, false), { result: 'skipped', message: /--to/ });
});

test('a whole packet passes, or what the way carries is told', async (t) => {
  const full = seenAs('10.22.3.5');
  t.match(judgeMtu(way, { mtu: 1500, full, pathMtu: undefined }), { result: 'passed' });
  t.match(
    judgeMtu(way, { mtu: 1500, full, pathMtu: 1400 }),
    { result: 'failed', message: /at most 1400/ },
    'in pieces',
  );
  t.match(judgeMtu(way, { mtu: 1500, full: silent, pathMtu: undefined }), { result: 'failed' });
});

test('what is larger than the MTU must not pass', async (t) => {
  t.match(judgeOversize(way, 1500, silent), { result: 'passed' });
  t.match(judgeOversize(way, 1500, seenAs('10.22.3.5')), { result: 'failed' });
});
