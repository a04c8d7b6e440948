import { test } from 'tap';
import { containerConfig } from '../../../../daemon/pods/create/container-config.ts';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { aContainer, aSpec } from '../../../support/pod-builders.ts';

test('a container is made of the image’s id, and keeps how the manifest and the registry name it', async (t) => {
  const image = { id: 'sha256:a', ref: 'example.com/app@sha256:b', user: '' };
  const config = containerConfig(
    {
      spec: aSpec(),
      container: aContainer(),
      attempt: 0,
      sandboxId: 'sandbox',
      image,
      env: new Map(),
      profiles: { seccomp: 'runtime-default' },
      backoffSeconds: 0,
      life: 0,
      cgroupParent: undefined,
      mounts: [],
    },
    {
      podIPs: [],
      hostIPs: [],
      allocatable: new Map(),
      memoryCapacity: 1 << 30,
      thermalThrottle: [],
      logs: { maxSizeBytes: 1, maxFiles: 1 },
    },
  );
  t.equal(config.image, 'sha256:a');
  t.match(config.labels, { [label.image]: 'app:1', [label.imageRef]: image.ref });
});
