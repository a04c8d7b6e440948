import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Cluster } from '../api/cluster.ts';
import { BootletError, systemCodeOf } from '../errors.ts';
import type { HostCertificate } from '../node/credentials/host-certificate.ts';
import type { Client } from './client.ts';
import { columns } from './columns.ts';
import { clientFor } from './context.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';

const OWN = '/apis/bootlet.io/v1alpha1';
/** What is approved by itself comes in less than a second. */
const RENEWAL_MS = 30_000;
const LOOK_EVERY_MS = 100;

export const addCert = (program: Command, io: Io): void => {
  const cert = program.command('cert').description('look after the certificate by which the cluster knows this host');
  cert
    .command('show')
    .description('show the certificate that lies on this host; the daemon need not run')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .addOption(outputOption('json', 'yaml'))
    .action(async ({ config: file, output }: { config?: string; output: Format }) => {
      const { loadConfig } = await import('../config/load.ts');
      const { readHostCertificate } = await import('../node/credentials/host-certificate.ts');
      const config = await loadConfig(file);
      const certificate = await readHostCertificate(config).catch(asPermission);
      if (certificate === undefined) throw noCertificate(config.cluster.auth);
      if (output === 'json' || output === 'yaml') {
        return printObject(io, output, objectOf(certificate, config.nodeName, config.paths.kubeconfig));
      }
      io.out(certificateText(certificate, config.paths.kubeconfig, Date.now()));
    });
  cert
    .command('renew')
    .description('have the certificate replaced now, and show until when the new one is valid')
    .action(async (_options: unknown, command: Command) => io.out(`${await renew(clientFor(command, io))}\n`));
};

const asPermission = (error: unknown): never => {
  if (systemCodeOf(error) !== 'EACCES') throw error;
  throw new BootletError('E_PERMISSION', 'only root may read the certificate of this host', { cause: error });
};

const noCertificate = (auth: string): BootletError => {
  const isByToken = auth === 'bootstrap-token';
  return new BootletError('E_NOT_FOUND', 'this host has no certificate', {
    hint: isByToken
      ? 'it gets one when it joins: bootlet node register does that once, the daemon always; bootlet token check tells whether its token is good'
      : `cluster.auth is ${auth}, which takes none, or its file is not there`,
  });
};

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** `bootlet.io/v1alpha1 Certificate`. */
const objectOf = (certificate: HostCertificate, name: string, kubeconfig: string) => {
  const { notBefore, notAfter, rotateAt, ...rest } = certificate;
  return {
    apiVersion: 'bootlet.io/v1alpha1',
    kind: 'Certificate',
    metadata: { name },
    ...rest,
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    ...(rotateAt === undefined ? {} : { rotateAt: timeOf(rotateAt) }),
    kubeconfig,
  };
};

const validity = ({ notBefore, notAfter }: HostCertificate, now: number): string => {
  if (now < notBefore) return ', which is not yet: the clock of this host may be wrong';
  return now < notAfter ? '' : ', and has expired';
};

const certificateText = (certificate: HostCertificate, kubeconfig: string, now: number): string => {
  const { user, issuer, notBefore, notAfter, rotateAt, fingerprint, file, holds } = certificate;
  const isOwn = rotateAt !== undefined;
  return columns([
    ['Subject:', user],
    ['Issuer:', issuer],
    ['Valid:', `${timeOf(notBefore)} to ${timeOf(notAfter)}${validity(certificate, now)}`],
    ['Replaced:', isOwn ? `at ${timeOf(rotateAt)}` : 'not by bootlet: it was given'],
    ['SHA-256:', fingerprint],
    ['File:', file],
    [isOwn ? 'Leads to:' : 'Key:', holds],
    ...(isOwn ? [['Kubeconfig:', kubeconfig]] : []),
  ]);
};

/** @throws BootletError E_CERTIFICATE when the cluster gives no new one, E_TIMEOUT */
const renew = async (client: Client): Promise<string> => {
  const look = async () => (await client.get<Cluster>(`${OWN}/cluster`)).status.credentials;
  const before = await look();
  await client.post(`${OWN}/certificate/renew`);
  const deadline = Date.now() + RENEWAL_MS;
  for (;;) {
    const { certificate, rotationTrouble } = (await look()) ?? {};
    if (certificate !== undefined && certificate.fingerprint !== before?.certificate?.fingerprint) {
      const { notAfter, rotateAt } = certificate;
      return `the new certificate is valid until ${notAfter}${rotateAt === undefined ? '' : `, and will be replaced at ${rotateAt}`}`;
    }
    const isNew = rotationTrouble !== undefined && rotationTrouble !== before?.rotationTrouble;
    if (isNew) throw notRenewed('E_CERTIFICATE', rotationTrouble);
    if (Date.now() >= deadline) throw notRenewed('E_TIMEOUT', rotationTrouble ?? 'the cluster was not heard of');
    await sleep(LOOK_EVERY_MS);
  }
};

const notRenewed = (code: 'E_CERTIFICATE' | 'E_TIMEOUT', why: string): BootletError =>
  new BootletError(code, `the certificate was not replaced yet: ${why}`, {
    hint: 'it goes on being used, and the daemon tries again every minute; bootlet status tells how it goes',
  });
