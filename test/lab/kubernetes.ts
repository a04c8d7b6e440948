import { copyFile, link, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cached, keyOf } from './cache.ts';
import { type ImageConfig, writeImageArchive } from './image-archive.ts';
import { run } from './run.ts';

const VERSION = 'v1.36.3';
const MODULE = join(import.meta.dirname, 'kubernetes');
/** From nothing, on two cores, with every module still to be downloaded: about four minutes. */
const BUILD_MS = 30 * 60_000;
const config: ImageConfig = { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'] };

/**
 * Path of a static Kubernetes binary, built from the Go module the first time: `hyperkube` is apiserver, controller
 * manager and scheduler in one file. Needs `go` on the PATH.
 */
export const kubernetesBinary = async (name: 'hyperkube' | 'kubelet'): Promise<string> => {
  const sources = ['go.mod', 'go.sum', `${name}/main.go`].map((file) => readFile(join(MODULE, file)));
  const folder = await cached(name, keyOf(...(await Promise.all(sources))), async (draft) => {
    const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${VERSION}`;
    await run('go', ['build', '-trimpath', '-ldflags', flags, '-o', join(draft, name), `./${name}`], {
      cwd: MODULE,
      env: { ...process.env, CGO_ENABLED: '0' },
      timeout: BUILD_MS,
    });
  });
  return join(folder, name);
};

/** Path of an archive with the three images of the control plane, by the names that the manifests use. */
export const kubernetesImages = async (): Promise<string> => {
  const hyperkube = await kubernetesBinary('hyperkube');
  const servers = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const key = keyOf(hyperkube, await readFile(import.meta.filename));
  const folder = await cached('kubernetes-images', key, async (draft) => {
    const bin = join(draft, 'rootfs/usr/local/bin');
    await mkdir(bin, { recursive: true });
    await link(hyperkube, join(bin, 'hyperkube'));
    for (const server of servers) await symlink('hyperkube', join(bin, server));
    const tags = servers.map((server) => `registry.k8s.io/${server}:${VERSION}`);
    await writeImageArchive(join(draft, 'kubernetes.tar'), join(draft, 'rootfs'), [{ tags, config }]);
  });
  return join(folder, 'kubernetes.tar');
};

/**
 * Path of an archive with the distribution's etcd and the libraries it needs, under the name that the manifest uses:
 * what is inside is older (Debian 12: 3.4), and the manifest has only what that understands.
 */
export const etcdImage = async (): Promise<string> => {
  const etcd = '/usr/bin/etcd';
  const libraries = [...(await run('ldd', [etcd])).matchAll(/\/\S+/g)].map(([path]) => path);
  const key = keyOf(await readFile(etcd), await readFile(import.meta.filename));
  const folder = await cached('etcd-image', key, async (draft) => {
    const rootfs = join(draft, 'rootfs');
    for (const file of [etcd, ...libraries]) {
      const copy = join(rootfs, file);
      await mkdir(dirname(copy), { recursive: true });
      await copyFile(file, copy);
    }
    const tags = ['registry.k8s.io/etcd:3.6.8-0'];
    await writeImageArchive(join(draft, 'etcd.tar'), rootfs, [{ tags, config }]);
  });
  return join(folder, 'etcd.tar');
};
