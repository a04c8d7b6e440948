import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { commandOfUnit } from '../../../daemon/host/systemd-unit.ts';
import { scratchFolder } from '../../support/file-source.ts';

/** A host's root folder with these files, and with agent.service enabled. */
const aRoot = (t: Test, files: Readonly<Record<string, string>>): string => {
  const root = scratchFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  symlinkSync('/lib/systemd/system/agent.service', join(wants, 'agent.service'));
  return root;
};

test('a unit that is not enabled, or not there, starts nothing', async (t) => {
  const root = aRoot(t, { 'lib/systemd/system/other.service': '[Service]\nExecStart=/bin/other\n' });
  t.equal(await commandOfUnit(root, 'other.service'), undefined);
  t.equal(await commandOfUnit(root, 'agent.service'), undefined);
});

test('the command is split into words, with quotes, continued lines and prefixes understood', async (t) => {
  const unit = '[Service]\nExecStart=-/usr/bin/agent --a=1 \\\n  --b "two words" \'and more\'\n';
  const root = aRoot(t, { 'usr/lib/systemd/system/agent.service': unit });
  t.same(await commandOfUnit(root, 'agent.service'), ['/usr/bin/agent', '--a=1', '--b', 'two words', 'and more']);
});

test('the administrator’s unit counts before the package’s, and drop-ins change either, in name order', async (t) => {
  const root = aRoot(t, {
    'lib/systemd/system/agent.service': '[Service]\nExecStart=/bin/package\n',
    'etc/systemd/system/agent.service': '[Service]\nExecStart=/bin/own\n',
    'etc/systemd/system/agent.service.d/20.conf': '[Service]\nExecStart=\nExecStart=/bin/twenty\n',
    'lib/systemd/system/agent.service.d/10.conf': '[Service]\nExecStart=\nExecStart=/bin/ten\n',
    'lib/systemd/system/agent.service.d/20.conf': '[Service]\nExecStart=\nExecStart=/bin/overridden\n',
    'lib/systemd/system/agent.service.d/90.txt': '[Service]\nExecStart=/bin/no-drop-in\n',
  });
  t.same(await commandOfUnit(root, 'agent.service'), ['/bin/twenty']);
});

test('variables are filled in from the unit and from its environment files, the later one counts', async (t) => {
  const root = aRoot(t, {
    'lib/systemd/system/agent.service': [
      '[Service]',
      'Environment="ARGS=--one --two" OTHER=x',
      'EnvironmentFile=/etc/default/agent',
      'EnvironmentFile=-/etc/default/missing',
      `ExecStart=/bin/agent $ARGS $\{OTHER} $UNSET`,
    ].join('\n'),
    'etc/default/agent': '# comment\nOTHER="from file"\n',
  });
  t.same(await commandOfUnit(root, 'agent.service'), ['/bin/agent', '--one', '--two', 'from', 'file']);
});
