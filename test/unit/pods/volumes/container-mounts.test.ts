import { test } from 'tap';
import { Mounter } from '../../../../daemon/host/mounts.ts';
import { podFiles } from '../../../../daemon/pods/create/pod-files.ts';
import { containerMounts } from '../../../../daemon/pods/volumes/container-mounts.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

/** The mount of an emptyDir, as a runtime is told of it. */
const mountOf = async (recursiveReadOnly: string | undefined, canMountRecursivelyReadOnly: boolean) => {
  const mount = { name: 'data', mountPath: '/data', readOnly: true };
  const container = aContainer('main', {
    volumeMounts: [recursiveReadOnly === undefined ? mount : { ...mount, recursiveReadOnly }],
  });
  const request = {
    pod: aPod({ containers: [container], volumes: [{ name: 'data', emptyDir: {} }] }),
    container,
    attempt: 0,
    files: podFiles('/state', 'uid-1'),
    env: new Map(),
    canMountRecursivelyReadOnly: async () => canMountRecursivelyReadOnly,
  };
  const mounts = await containerMounts(request, new Mounter({ environment: {} }));
  return mounts.find(({ target }) => target === '/data');
};

test('a mount is read-only all the way down where that is asked for and the runtime can', async (t) => {
  for (const mode of ['Enabled', 'IfPossible'])
    t.match(await mountOf(mode, true), { readOnly: true, recursiveReadOnly: true }, mode);
  for (const mode of ['Disabled', undefined])
    t.notMatch(await mountOf(mode, true), { recursiveReadOnly: true }, String(mode));
});

test('where the runtime cannot, it is refused or left out as the manifest says', async (t) => {
  await t.rejects(mountOf('Enabled', false), {
    code: 'E_CONTAINER_CONFIG',
    message: /"data" requested recursive read-only mode, but it is not supported by the runtime/,
  });
  t.notMatch(await mountOf('IfPossible', false), { recursiveReadOnly: true });
});
