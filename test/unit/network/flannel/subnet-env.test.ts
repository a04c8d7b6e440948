import fc from 'fast-check';
import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { parseSubnetEnv } from '../../../../daemon/network/flannel/subnet-env.ts';

const path = '/run/flannel/subnet.env';

const lines = {
  network: 'FLANNEL_NETWORK=10.244.0.0/16',
  subnet: 'FLANNEL_SUBNET=10.244.7.1/24',
  mtu: 'FLANNEL_MTU=1450',
  masquerade: 'FLANNEL_IPMASQ=true',
};

const parse = (...text: readonly string[]) => parseSubnetEnv(`${text.join('\n')}\n`, path);

const withLines = (more: Partial<typeof lines>) => parse(...Object.values({ ...lines, ...more }));

const fault = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_NETWORK_REFUSED' && error.hint) return error.message;
    throw error;
  }
  throw new Error('it was taken');
};

test('what flanneld writes is read', async (t) => {
  t.same(withLines({}), { networks: ['10.244.0.0/16'], podCIDRs: ['10.244.7.0/24'], mtu: 1450, masquerades: true });
});

test('both families are read, IPv4 first, whatever the order of the lines', async (t) => {
  const both = parse(
    'FLANNEL_IPMASQ=false',
    'FLANNEL_IPV6_SUBNET=fd00:244:0:7::1/64',
    'FLANNEL_IPV6_NETWORK=fd00:244::/48',
    ...Object.values(lines).slice(0, 3),
  );
  t.same(both.networks, ['10.244.0.0/16', 'fd00:244::/48']);
  t.same(both.podCIDRs, ['10.244.7.0/24', 'fd00:244:0:7::/64']);
  t.notOk(both.masquerades);
});

test('empty lines and comments are passed over', async (t) => {
  t.equal(parse('# flannel', '', ...Object.values(lines)).mtu, 1450);
});

test('anything that is not as flanneld writes it is refused with its line', async (t) => {
  t.equal(
    fault(() => withLines({ mtu: 'FLANNEL_MTU=$(reboot)' })),
    `${path}:3: FLANNEL_MTU must be a number from 68 to 65535, not "$(reboot)"`,
  );
  t.match(
    fault(() => withLines({ mtu: 'FLANNEL_MTU="1450"' })),
    /:3: FLANNEL_MTU must be a number/,
  );
  t.match(
    fault(() => withLines({ mtu: 'FLANNEL_MTU=67' })),
    /:3: FLANNEL_MTU/,
  );
  t.match(
    fault(() => withLines({ mtu: 'FLANNEL_MTU=1450\r' })),
    /:3: .* is no KEY=VALUE/,
  );
  t.match(
    fault(() => withLines({ masquerade: 'FLANNEL_IPMASQ=yes' })),
    /:4: FLANNEL_IPMASQ must be true or false, not "yes"/,
  );
  t.match(
    fault(() => withLines({ masquerade: 'FLANNEL_IPMASQ=constructor' })),
    /must be true or false/,
  );
  t.match(
    fault(() => withLines({ subnet: 'export FLANNEL_SUBNET=10.244.7.1/24' })),
    /:2: .* is no KEY=VALUE/,
  );
  t.match(
    fault(() => withLines({ subnet: 'FLANNEL_SUBNET=10.244.7.1' })),
    /:2: FLANNEL_SUBNET must be/,
  );
  t.match(
    fault(() => withLines({ subnet: 'FLANNEL_SUBNET=fd00::1/64' })),
    /:2: FLANNEL_SUBNET must be/,
  );
  t.match(
    fault(() => parse(...Object.values(lines), 'FLANNEL_SUBNETS=1')),
    /:5: FLANNEL_SUBNETS is none of FLANNEL_NETWORK,/,
  );
  t.match(
    fault(() => parse(...Object.values(lines), lines.mtu)),
    /:5: FLANNEL_MTU is there twice/,
  );
});

test('a subnet lies in the network of flannel and is written by its first address', async (t) => {
  const subnet = (text: string) => fault(() => withLines({ subnet: `FLANNEL_SUBNET=${text}` }));
  t.match(subnet('10.245.7.1/24'), /:2: FLANNEL_SUBNET must be the first address of a part of 10\.244\.0\.0\/16/);
  t.match(subnet('10.244.7.0/24'), /:2: FLANNEL_SUBNET must be the first address/);
});

test('what is missing is named', async (t) => {
  t.equal(
    fault(() => parse('')),
    `${path}: FLANNEL_SUBNET must be there`,
  );
  t.match(
    fault(() => parse(lines.network, lines.subnet, lines.mtu)),
    /FLANNEL_IPMASQ must be there/,
  );
  t.match(
    fault(() => parse(lines.subnet, lines.mtu, lines.masquerade)),
    /FLANNEL_NETWORK must be there/,
  );
});

test('whatever the text, it is read or refused with a way out', async () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(...Object.values(lines)),
    fc.ipV4().map((ip) => `FLANNEL_SUBNET=${ip}/24`),
  );
  fc.assert(
    fc.property(fc.array(word), (text) => {
      try {
        return parse(...text).podCIDRs.length > 0;
      } catch (error) {
        return error instanceof BootletError && error.code === 'E_NETWORK_REFUSED' && error.message.startsWith(path);
      }
    }),
  );
});
