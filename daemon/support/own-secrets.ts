import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { namesIn, unless } from '../host/missing.ts';
import { readUpTo } from '../host/trusted-file.ts';

const MOST_BYTES = 2 ** 20;
/** Shorter ones are words that stand everywhere. */
const SHORTEST = 6;

/** Nothing where there is no such file, or none that this user may read: then its content is in nothing that he reads. */
const textOf = async (path: string): Promise<string> => {
  const codes = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'EISDIR', 'ENXIO'];
  const read = async (): Promise<Uint8Array> => {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readUpTo(handle, MOST_BYTES);
  };
  const bytes = path === '' ? undefined : await unless(codes, read());
  return Buffer.from(bytes ?? []).toString('utf8');
};

/** Of a bootstrap token also the half that is secret. */
const wordsOf = (text: string): readonly string[] =>
  text.split(/\s+/).flatMap((word) => [word, ...(/^[a-z0-9]{6}\.([a-z0-9]{16})$/.exec(word)?.slice(1) ?? [])]);

/** Names of schemes (RFC 9110, section 11.1, and IANA's registry): one is no secret, and to take it would hide what marks one. */
const SCHEME = /^(?:basic|bearer|digest|dpop|hoba|mutual|negotiate|oauth|privatetoken|vapid)$/i;
const NO_CREDENTIALS = /^(?:accept(?:-[a-z]+)?|cache-control|connection|content-[a-z]+|host|user-agent)$/i;

/** `Name: value` for each line. */
const headerValuesOf = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const colon = line.indexOf(':');
    if (NO_CREDENTIALS.test(line.slice(0, Math.max(colon, 0)).trim())) return [];
    const words = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    return words.filter((word) => !SCHEME.test(word));
  });

/** In pieces, since a log may have cut a line or wrapped it: of 31 characters in a row one is always whole. */
const keyPiecesOf = (pem: string): readonly string[] =>
  [...pem.matchAll(/PRIVATE KEY-----\r?\n([^-]*)-----END/g)].flatMap(([, body = '']) => body.match(/.{1,16}/g) ?? []);

const kubeconfigSecretsOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:token|password|client-key-data)["']?:\s*["']?([^\s"',}]+)/g)].flatMap(
    ([, value]) => value ?? [],
  );

/** What nobody but this host may know, as it stands in the files of its configuration. A static token has no form to tell it by. */
export const ownSecrets = async ({ paths, cluster, pods }: Config): Promise<readonly string[]> => {
  const pki = join(paths.state, 'pki');
  const pems = [
    cluster.clientKeyFile,
    ...((await unless(['EACCES'], namesIn(pki))) ?? []).map((name) => join(pki, name)),
  ];
  const discovery = cluster.discovery.file.startsWith('/') ? cluster.discovery.file : '';
  const found = await Promise.all([
    textOf(cluster.tokenFile).then(wordsOf),
    ...pods.http.map(async ({ headersFile }) => headerValuesOf(await textOf(headersFile))),
    ...pems.map(async (path) => keyPiecesOf(await textOf(path))),
    ...[paths.kubeconfig, discovery].map(async (path) => kubeconfigSecretsOf(await textOf(path))),
  ]);
  return [...new Set(found.flat())].filter((secret) => secret.length >= SHORTEST);
};
