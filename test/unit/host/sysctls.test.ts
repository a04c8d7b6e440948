import fc from 'fast-check';
import { test } from 'tap';
import { hostSysctls, sysctlName, sysctlPath } from '../../../daemon/host/sysctls.ts';

test("a sysctl's name is its path, also where an interface has a dot in its name", async (t) => {
  t.equal(sysctlPath('net.ipv4.ip_forward'), 'net/ipv4/ip_forward');
  t.equal(sysctlPath('net/ipv4/conf/eth0.7/rp_filter'), 'net/ipv4/conf/eth0.7/rp_filter');
  t.equal(sysctlPath('net.ipv4.conf.eth0/7.rp_filter'), 'net/ipv4/conf/eth0.7/rp_filter');
});

test('whatever path is shown as a name is found by that name', async (t) => {
  const part = fc.stringMatching(/^[a-z0-9_]([a-z0-9_.-]{0,6}[a-z0-9_])?$/);
  const path = fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.array(part, { minLength: 1, maxLength: 4 }));
  fc.assert(
    fc.property(path, ([root, parts]) => {
      const file = [root, ...parts].join('/');
      return sysctlPath(sysctlName(file)) === file;
    }),
  );
  t.pass();
});

test('a value that cannot be written names the sysctl as people write it', async (t) => {
  const sysctls = hostSysctls(t.testdir({ net: {} }));
  await t.rejects(sysctls.write('net/core/none', '1'), {
    code: 'E_HOST_COMMAND',
    message: /^sysctl net\.core\.none cannot be set to 1: /,
  });
});
