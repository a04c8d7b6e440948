import { createHash } from 'node:crypto';
import { tar } from '../../host/tar.ts';
import { pauseElf } from './elf.ts';

/** By the names of Go and of image manifests, which Docker's /version has in `Arch`. */
export const pauseArchitectures = ['amd64', 'arm64'] as const;
export type PauseArchitecture = (typeof pauseArchitectures)[number];

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

const elfOf = (architecture: PauseArchitecture): Buffer => Buffer.from(pauseElf[architecture], 'base64');

/** The name ends in a hash of the program: a bootlet with another pause program never takes an older one for its own. */
export const pauseImageName = (architecture: PauseArchitecture): string =>
  `bootlet.io/pause:${sha256(elfOf(architecture)).slice(0, 12)}`;

/** The image config, as in the OCI image specification (`application/vnd.oci.image.config.v1+json`). */
const imageConfig = (architecture: PauseArchitecture, layer: Buffer): string =>
  JSON.stringify({
    created: '1970-01-01T00:00:00Z',
    architecture,
    os: 'linux',
    config: {
      User: '65535:65535',
      Entrypoint: ['/pause'],
      WorkingDir: '/',
      Labels: { 'io.bootlet.image': 'pause' },
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'bootlet' }],
  });

/** An archive for `POST /images/load` (`docker load`), about 7 kB, always the same bytes for an architecture. */
export const pauseImageTar = (architecture: PauseArchitecture): Buffer => {
  const layer = tar([{ name: 'pause', mode: 0o755, content: elfOf(architecture) }]);
  const config = imageConfig(architecture, layer);
  const configName = `${sha256(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: [pauseImageName(architecture)], Layers: ['layer.tar'] }];
  return tar([
    { name: 'manifest.json', mode: 0o644, content: Buffer.from(JSON.stringify(manifest)) },
    { name: configName, mode: 0o644, content: Buffer.from(config) },
    { name: 'layer.tar', mode: 0o644, content: layer },
  ]);
};
