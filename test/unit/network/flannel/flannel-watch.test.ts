import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { readFlannelFile } from '../../../../daemon/network/flannel/flannel-file.ts';
import { FlannelWatch } from '../../../../daemon/network/flannel/flannel-watch.ts';
import { type FlannelFile, flannelFileType, NETWORK } from '../../../../daemon/network/resources.ts';
import { systemClock as clock } from '../../../../daemon/reconcile/clock.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { until } from '../../../lab/until.ts';
import { skipUnless } from '../../../support/requires.ts';
import { stateFolder } from '../../../support/state-folder.ts';

const needsRoot = { skip: skipUnless(process.geteuid?.() === 0, 'trust is about root') };

const content = (mtu: number): string =>
  `FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.7.1/24\nFLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=true\n`;

const watched = async (t: Test) => {
  const folder = join(stateFolder(t), 'flannel');
  const path = join(folder, 'subnet.env');
  const store = new Store();
  const log = pino({ level: 'silent' });
  const watch = new FlannelWatch({ path, clock, files: store.claim(flannelFileType, 'test'), log });
  const seen = (what: string, is: (file: FlannelFile) => boolean): Promise<FlannelFile> =>
    until(
      () => {
        const file = store.get(flannelFileType, NETWORK);
        return file !== undefined && is(file) && file;
      },
      { what },
    );
  /** As flanneld does it: written beside and renamed. */
  const write = (text: string): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '.subnet.env'), text);
    renameSync(join(folder, '.subnet.env'), path);
  };
  t.teardown(() => watch.stop());
  return { folder, path, watch, seen, write };
};

test(
  'the file is waited for, also where there is no folder yet, and followed when it changes',
  needsRoot,
  async (t) => {
    const { watch, seen, write } = await watched(t);
    await watch.start();
    t.match(await seen('missing', () => true), { subnet: undefined, fault: { kind: 'missing' } });
    write(content(1450));
    t.match(await seen('read', ({ subnet }) => subnet?.mtu === 1450), { fault: undefined });
    write(content(1400));
    t.match(await seen('read again', ({ subnet }) => subnet?.mtu === 1400), { fault: undefined });
  },
);

test('a file that is gone or broken keeps what it said last, and says so', needsRoot, async (t) => {
  const { folder, watch, seen, write } = await watched(t);
  write(content(1450));
  await watch.start();
  write('FLANNEL_MTU=\n');
  t.match(await seen('broken', ({ fault }) => fault?.kind === 'broken'), { subnet: { mtu: 1450 } });
  rmSync(folder, { recursive: true });
  t.match(await seen('missing', ({ fault }) => fault?.kind === 'missing'), { subnet: { mtu: 1450 } });
  write(content(1300));
  t.match(await seen('another folder', ({ subnet }) => subnet?.mtu === 1300), { fault: undefined });
});

test('a file that others than root can change, a link to one, and a huge one are not taken', needsRoot, async (t) => {
  const { path, folder, write } = await watched(t);
  const faultOf = async (): Promise<string | undefined> => (await readFlannelFile(path)).fault?.message;
  write(content(1450));
  chmodSync(path, 0o666);
  t.match(await faultOf(), /subnet\.env can be changed by others than root/);
  renameSync(path, join(folder, 'elsewhere'));
  symlinkSync('elsewhere', path);
  t.match(await faultOf(), /elsewhere can be changed by others than root/);
  rmSync(path);
  write(`${content(1450)}${'#'.repeat(5000)}\n`);
  t.match(await faultOf(), /holds more than 4096 bytes/);
  rmSync(path);
  mkdirSync(path);
  t.match(await faultOf(), /is not a regular file/);
});
