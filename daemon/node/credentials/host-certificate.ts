import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { unlessMissing } from '../../host/missing.ts';
import { readSecret, readTrusted } from '../../host/trusted-file.ts';
import { type ClientCertificate, readClientCertificate, rotationTime } from './certificate.ts';
import { CertificateFiles } from './certificate-files.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/** The client certificate that lies on this host, without its key. Times: ms since the epoch. */
export interface HostCertificate extends Omit<ClientCertificate, 'certificatePem' | 'keyPem'> {
  /** Where it is read from. */
  readonly file: string;
  /** What `file` leads to, where that is a link; the other name of a given certificate is that of its key. */
  readonly holds: string;
  /** Undefined: it was given, and is not replaced by bootlet. */
  readonly rotateAt: number | undefined;
}

/**
 * What is on disk, whether or not the daemon runs; undefined where the host has no certificate.
 * @throws BootletError E_CERTIFICATE, E_FILE_UNTRUSTED; system errors as they come
 */
export const readHostCertificate = async ({ cluster, paths }: Config): Promise<HostCertificate | undefined> => {
  switch (cluster.auth) {
    case 'bootstrap-token': {
      const files = new CertificateFiles(join(paths.state, 'pki'));
      const certificate = await files.load();
      if (certificate === undefined) return undefined;
      const holds = await realpath(files.current);
      return { ...withoutKey(certificate), file: files.current, holds, rotateAt: rotationTime(certificate) };
    }
    case 'client-certificate': {
      const { clientCertificateFile: file, clientKeyFile: holds } = cluster;
      const certificate = await unlessMissing(readTrusted(file, MAX_FILE_BYTES));
      if (certificate === undefined) return undefined;
      const pem = [certificate, await readSecret(holds, MAX_FILE_BYTES)].map((bytes) => Buffer.from(bytes).toString());
      return { ...withoutKey(readClientCertificate(pem.join('\n'), file)), file, holds, rotateAt: undefined };
    }
    case 'token':
    case 'none':
      return undefined;
    default:
      return cluster.auth satisfies never;
  }
};

const withoutKey = ({ certificatePem, keyPem, ...rest }: ClientCertificate) => rest;
