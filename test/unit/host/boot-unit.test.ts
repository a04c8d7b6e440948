import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { bootUnitFault } from '../../../daemon/host/boot-unit.ts';
import { scratchFolder } from '../../support/file-source.ts';

const UNIT = 'lib/systemd/system/bootlet-network.service';
const SCRIPT = '[Service]\nExecStart=/usr/local/lib/bootlet/network start\n';

interface HostOptions {
  readonly enabled: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

/** A host's root folder on which systemd runs, with these units enabled. */
const aHost = (t: Test, { enabled, files = { [UNIT]: SCRIPT } }: HostOptions): string => {
  const root = scratchFolder(t);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  for (const folder of [wants, join(root, 'run/systemd/system')]) mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  for (const unit of enabled) symlinkSync(`/lib/systemd/system/${unit}`, join(wants, unit));
  return root;
};

const BOTH = ['docker.service', 'bootlet-network.service'];

test('where systemd does not run, or does not start Docker, nothing is asked of it', async (t) => {
  t.equal(await bootUnitFault(scratchFolder(t), '/var/lib/bootlet'), undefined);
  t.equal(await bootUnitFault(aHost(t, { enabled: [] }), '/var/lib/bootlet'), undefined);
});

test('where systemd starts Docker, also by its socket, the unit must be enabled and there', async (t) => {
  t.equal(await bootUnitFault(aHost(t, { enabled: BOTH }), '/var/lib/bootlet'), undefined);
  for (const docker of ['docker.service', 'docker.socket'])
    t.match(await bootUnitFault(aHost(t, { enabled: [docker] }), '/var/lib/bootlet'), 'systemctl enable');
  t.match(await bootUnitFault(aHost(t, { enabled: BOTH, files: {} }), '/var/lib/bootlet'), 'install.sh');
});

test('the unit must look where the daemon writes', async (t) => {
  const dropIn = 'etc/systemd/system/bootlet-network.service.d/override.conf';
  const files = { [UNIT]: SCRIPT, [dropIn]: '[Service]\nEnvironment=BOOTLET_STATE=/srv/bootlet\n' };
  t.match(await bootUnitFault(aHost(t, { enabled: BOTH }), '/srv/bootlet'), 'BOOTLET_STATE=/srv/bootlet');
  t.equal(await bootUnitFault(aHost(t, { enabled: BOTH, files }), '/srv/bootlet'), undefined);
});
