import { test } from 'tap';
import type { Json } from '../../../../daemon/host/json-value.ts';
import { besideFlags, flagsIn } from '../../../../daemon/network/docker/flags.ts';

test('flags are read as dockerd reads them, by the names of their keys', async (t) => {
  const flags = flagsIn(['-H', 'fd://', '--mtu=1400', '--iptables', '--registry-mirror', 'http://m', '-b=br0', '-D']);
  t.same(
    [...flags],
    [
      ['hosts', 'fd://'],
      ['mtu', '1400'],
      ['iptables', 'true'],
      ['registry-mirrors', 'http://m'],
      ['bridge', 'br0'],
      ['debug', 'true'],
    ],
  );
});

test('what a flag says as wanted is left out of the file, which dockerd would refuse beside it', async (t) => {
  const wanted = new Map<string, Json>([
    ['mtu', 1400],
    ['iptables', false],
    ['bridge', 'cbr0'],
  ]);
  const { keys, conflicts } = besideFlags(wanted, flagsIn(['--mtu=1400', '--iptables=false']));
  t.same([...keys.keys()], ['bridge']);
  t.same(conflicts, []);
});

test('a flag that says otherwise is a conflict, also for what must not be there', async (t) => {
  const wanted = new Map<string, Json | undefined>([
    ['mtu', 1500],
    ['bip', undefined],
  ]);
  const { conflicts } = besideFlags(wanted, flagsIn(['--mtu=1400', '--bip', '10.0.0.1/24', '--icc=false']));
  t.same(conflicts, [
    { key: 'mtu', flag: '1400' },
    { key: 'bip', flag: '10.0.0.1/24' },
    { key: 'icc', flag: 'false' },
  ]);
});
