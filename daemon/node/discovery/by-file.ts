import { dirname, resolve } from 'node:path';
import { getCACertificates } from 'node:tls';
import { BootletError } from '../../errors.ts';
import { readSecret, readTrusted } from '../../host/trusted-file.ts';
import type { Identity } from '../apiserver/access.ts';
import { ask } from './ask.ts';
import { type Material, parseKubeconfig } from './kubeconfig.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/** What a discovery file says; nobody has asked the server yet. */
export interface GivenCluster {
  readonly server: string;
  readonly caPem: string;
  /** The identity in it, if there is one. */
  readonly identity?: Identity;
}

/**
 * A kubeconfig from a file of root's, or from a web server that the authorities of this machine vouch for.
 * @param place path or https URL
 * @throws BootletError E_KUBECONFIG, E_FILE_UNTRUSTED, and as `ask`; system errors as they come
 */
export const readDiscoveryFile = async (
  place: string,
  stopping: AbortSignal,
  publicAuthorities: () => readonly string[] = machineAuthorities,
): Promise<GivenCluster> => {
  const isUrl = isElsewhere(place);
  const text = isUrl
    ? await download(place, stopping, publicAuthorities())
    : Buffer.from(await readTrusted(place, MAX_FILE_BYTES)).toString();
  const { server, authority, token, certificate } = parseKubeconfig(text, place);

  const read = async (material: Material, reader: typeof readTrusted): Promise<string> => {
    if ('data' in material) return material.data;
    if (isUrl) throw unusable(place, 'names files, which a kubeconfig from elsewhere may not');
    return Buffer.from(await reader(resolve(dirname(place), material.file), MAX_FILE_BYTES)).toString();
  };
  if (authority === undefined) throw unusable(place, "does not hold the cluster's authority");
  const caPem = await read(authority, readTrusted);
  if (certificate !== undefined) {
    const certificatePem = await read(certificate.certificate, readTrusted);
    const keyPem = await read(certificate.key, readSecret);
    return { server, caPem, identity: { kind: 'certificate', certificatePem, keyPem } };
  }
  return { server, caPem, ...(token === undefined ? {} : { identity: { kind: 'token', token } }) };
};

/** Whether a discovery file is not on this host. */
export const isElsewhere = (place: string): boolean => place.startsWith('https:');

/** Those that Node brings and those that the administrator of this machine added. */
const machineAuthorities = (): readonly string[] => [...getCACertificates('bundled'), ...getCACertificates('system')];

const download = async (url: string, stopping: AbortSignal, caPem: readonly string[]): Promise<string> => {
  const { status, bytes } = await ask({ url, to: { kind: 'verified', caPem } }, stopping);
  if (status === 200) return Buffer.from(bytes).toString();
  throw new BootletError('E_KUBECONFIG', `${new URL(url).origin} answers ${status} when asked for the discovery file`, {
    hint: 'No redirect is followed: give the address where the file is.',
  });
};

const unusable = (place: string, what: string): BootletError =>
  new BootletError('E_KUBECONFIG', `${place} ${what}`, {
    hint: 'Embed what it names: `kubectl config view --flatten --minify`.',
    retryable: false,
  });
