import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './run.ts';

/** The part of an image's configuration that the lab uses, in Docker's own names. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
}

export interface Image {
  readonly tags: readonly string[];
  readonly config: ImageConfig;
}

/** Reproducible: the same files make the same bytes, and so the same image id. */
const TAR = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
const CREATED = '1970-01-01T00:00:00Z';

/** Writes `out`, an archive for `docker load` of images that all have the one layer made of the folder `rootfs`. */
export const writeImageArchive = async (out: string, rootfs: string, images: readonly Image[]): Promise<void> => {
  const draft = `${out}.d`;
  await run('mkdir', ['-p', draft]);
  const layer = join(draft, 'layer.tar');
  await run('tar', [...TAR, '-C', rootfs, '-cf', layer, '.']);
  const diffId = `sha256:${await sha256(layer)}`;
  const manifest = await Promise.all(
    images.map(async ({ tags, config }) => {
      const json = JSON.stringify({
        architecture: arch() === 'x64' ? 'amd64' : arch(),
        os: 'linux',
        created: CREATED,
        config,
        rootfs: { type: 'layers', diff_ids: [diffId] },
        history: [{ created: CREATED }],
      });
      const name = `${createHash('sha256').update(json).digest('hex')}.json`;
      await writeFile(join(draft, name), json);
      return { Config: name, RepoTags: tags, Layers: [basename(layer)] };
    }),
  );
  await writeFile(join(draft, 'manifest.json'), JSON.stringify(manifest));
  await run('tar', [...TAR, '-C', draft, '-cf', `${out}.part`, '.']);
  await rename(`${out}.part`, out);
  await rm(draft, { recursive: true });
};

const sha256 = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};
