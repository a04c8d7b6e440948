import fc from 'fast-check';
import { test } from 'tap';
import {
  type Cidr,
  cidrsOverlap,
  containsAddress,
  containsCidr,
  firstAddressOf,
  parseCidr,
  showCidr,
} from '../../../../daemon/host/ip/cidr.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`${text} is no network`);
  return parsed;
};

const shown = (text: string): string => showCidr(cidr(text));

test('a network is read in whatever way it may be written, and shown as the kernel writes it', async (t) => {
  t.equal(shown('10.1.2.3/8'), '10.0.0.0/8');
  t.equal(shown('FD00:0:0:1::5/64'), 'fd00:0:0:1::/64');
  t.equal(shown('192.168.1.5'), '192.168.1.5/32');
  t.equal(shown('::1'), '::1/128');
});

test('what is no network is none', async (t) => {
  for (const text of [
    '',
    '10.0.0/8',
    '0x0a.0.0.0/8',
    '012.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'fe80::1%eth0/64',
    '1.2.3.4/8/8',
    'fd00::/129',
  ]) {
    t.equal(parseCidr(text), undefined, text);
  }
});

test('networks of different families never overlap', async (t) => {
  t.notOk(cidrsOverlap(cidr('0.0.0.0/0'), cidr('::/0')));
});

test('the first address comes after that of the network', async (t) => {
  t.equal(firstAddressOf(cidr('10.22.3.0/24')), '10.22.3.1');
  t.equal(firstAddressOf(cidr('fd00:22::/64')), 'fd00:22::1');
});

test('a network holds its own halves and none of its neighbour', async () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 1, max: 31 }), (ip, bits) => {
      const whole = cidr(`${ip}/${bits}`);
      const half = cidr(`${ip}/${bits + 1}`);
      const holder = cidr(`${ip}/${bits - 1}`);
      return (
        containsCidr(whole, half) &&
        !containsCidr(half, whole) &&
        cidrsOverlap(half, holder) &&
        parseCidr(showCidr(whole)) !== undefined &&
        showCidr(cidr(showCidr(whole))) === showCidr(whole)
      );
    }),
  );
});

test('an address is in a network of its own family alone, and what is no address in none', (t) => {
  const holds = (text: string, address: string): boolean => containsAddress(cidr(text), address);
  t.ok(holds('10.22.3.0/24', '10.22.3.255'));
  t.notOk(holds('10.22.3.0/24', '10.22.4.0'));
  t.ok(holds('fd00:22:3::/64', 'fd00:22:3:0::7'));
  t.notOk(holds('::/0', '10.22.3.1'));
  t.notOk(holds('10.22.3.0/24', 'cbr0'));
  t.end();
});
