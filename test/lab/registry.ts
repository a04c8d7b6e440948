import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arch } from 'node:os';
import type { Scope } from './scope.ts';

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** An empty tar archive: two blocks of zeros. */
const LAYER = Buffer.alloc(1024);

/**
 * A registry on the loopback interface, which Docker trusts without TLS. It has every image one may ask for: without
 * files, and with an id that depends on its name and tag. Resolves with its `HOST:PORT`.
 */
export const startRegistry = async (scope: Scope): Promise<string> => {
  const blobs = new Map([[digestOf(LAYER), LAYER]]);
  const manifests = new Map<string, Buffer>();
  const add = (name: string, tag: string): Buffer => {
    const config = Buffer.from(
      JSON.stringify({
        architecture: arch() === 'x64' ? 'amd64' : arch(),
        os: 'linux',
        config: { Cmd: ['/none'], Labels: { name: `${name}:${tag}` } },
        rootfs: { type: 'layers', diff_ids: [digestOf(LAYER)] },
      }),
    );
    blobs.set(digestOf(config), config);
    const blob = (mediaType: string, bytes: Buffer) => ({ mediaType, size: bytes.length, digest: digestOf(bytes) });
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: blob('application/vnd.docker.container.image.v1+json', config),
        layers: [blob('application/vnd.docker.image.rootfs.diff.tar', LAYER)],
      }),
    );
    manifests.set(digestOf(manifest), manifest);
    return manifest;
  };
  const server = createServer((request, response) => {
    const [, name = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    const isManifest = kind === 'manifests';
    const body = isManifest ? (manifests.get(reference) ?? add(name, reference)) : blobs.get(reference);
    if (kind === undefined) return response.end('{}');
    if (body === undefined) return response.writeHead(404).end();
    const contentType = isManifest ? MANIFEST : 'application/octet-stream';
    response.writeHead(200, {
      'content-type': contentType,
      'content-length': body.length,
      'docker-content-digest': digestOf(body),
    });
    return response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.teardown(() => {
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
