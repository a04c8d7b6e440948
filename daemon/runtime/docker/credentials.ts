import { readFile } from 'node:fs/promises';
import { BootletError, systemCodeOf } from '../../errors.ts';
import { parseImageReference } from '../image-reference.ts';
import type { RegistryAuth } from '../runtime.ts';
import { askHelper } from './credential-helper.ts';
import { type Fields, fieldsOf, objectIn, textOf } from './json.ts';

/** Docker Hub's name in the file and for helpers, from when its API had a version. */
const HUB = 'https://index.docker.io/v1/';

/**
 * The credentials that Docker's configuration file (`auths`, `credHelpers`, `credsStore`) has for the registry of an
 * image; undefined when it has none. Read anew for each pull, so that a login takes effect at once.
 * @param file e.g. /root/.docker/config.json; a missing one has no credentials
 * @param onWarning told of a helper that is not installed: the image may need no credentials
 * @throws BootletError E_FILE_UNREADABLE, E_IMAGE_NAME, E_IMAGE_PULL (a helper failed), E_TIMEOUT
 */
export const registryCredentials = async (
  file: string,
  image: string,
  onWarning: (message: string) => void,
): Promise<RegistryAuth | undefined> => {
  const { domain } = parseImageReference(image);
  const server = domain === 'docker.io' ? HUB : domain;
  const config = await readConfig(file);
  const helper = textOf(config['credHelpers'], server) ?? textOf(config, 'credsStore') ?? '';
  const fromHelper = helper === '' ? undefined : await askHelper(helper, server, onWarning);
  return fromHelper ?? fromFile(objectIn(config, 'auths'), server);
};

const readConfig = async (file: string): Promise<Fields> => {
  try {
    return fieldsOf(JSON.parse(await readFile(file, 'utf8')), file);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return {};
    throw new BootletError('E_FILE_UNREADABLE', `${file} is no configuration of Docker's`, { cause: error });
  }
};

const fromFile = (auths: Fields, server: string): RegistryAuth | undefined => {
  const key = Object.keys(auths).find((name) => hostOf(name) === hostOf(server));
  if (key === undefined) return undefined;
  const entry = objectIn(auths, key);
  const decoded = Buffer.from(textOf(entry, 'auth') ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const username = colon < 0 ? textOf(entry, 'username') : decoded.slice(0, colon);
  const password = colon < 0 ? textOf(entry, 'password') : decoded.slice(colon + 1);
  const identityToken = textOf(entry, 'identitytoken') || undefined;
  return {
    serverAddress: server,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(identityToken === undefined ? {} : { identityToken }),
  };
};

/** Entries are hosts or, from older clients, whole addresses. */
const hostOf = (name: string): string => name.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
