import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificate, issue, newAuthority } from '../certificate.ts';
import { apiserverLeaf, controllerManagerLeaf, kubeconfigOf, pinOf } from '../pki.ts';

export interface AuthorityRotationOptions {
  /** Takes the place of `/etc/kubernetes`. */
  readonly dir: string;
  readonly server: string;
  readonly addresses: readonly string[];
  readonly old: Certificate;
  /** Lets the control plane go by what is written. */
  readonly restart: () => Promise<void>;
  /** Lets the lab itself be known by this authority, and believe these. */
  readonly administer: (by: Certificate, caPem: string) => Promise<void>;
  /** Lets cluster-info tell of these authorities. */
  readonly publish: (caPem: string) => Promise<void>;
}

/**
 * The steps by which an administrator gives a cluster another authority (Kubernetes' "Manual Rotation of CA Certificates").
 * Each resolves once the control plane is ready again. To drop the old one without the steps before it is what a cluster
 * looks like that was made anew.
 */
export interface AuthorityRotation {
  /** PEM of the new authority, and its hash as `cluster.discovery.caCertHashes` has it. */
  readonly caPem: string;
  readonly caHash: string;
  /** Clients of both authorities are known, and cluster-info tells of both; the old one serves and signs on. */
  introduce(): Promise<void>;
  /** The new one serves and signs. */
  switch(): Promise<void>;
  /** Nothing knows of the old one any more. */
  drop(): Promise<void>;
}

export const rotateAuthority = async (options: AuthorityRotationOptions): Promise<AuthorityRotation> => {
  const { dir, server, addresses, old, restart, administer, publish } = options;
  const next = await newAuthority('kubernetes');
  const both = `${old.certificatePem}${next.certificatePem}`;
  const write = (path: string, text: string) => writeFile(join(dir, path), text, { mode: 0o600 });
  const writePair = (path: string, { certificatePem, privatePem }: Certificate) =>
    Promise.all([write(`${path}.crt`, certificatePem), write(`${path}.key`, privatePem)]);
  const goBy = async (by: Certificate, known: string): Promise<void> => {
    const manager = await issue(by, controllerManagerLeaf);
    await Promise.all([
      write('pki/authorities.crt', known),
      writePair('pki/ca', by),
      writePair('pki/apiserver', await issue(by, apiserverLeaf('control-plane', addresses))),
      write('controller-manager.conf', kubeconfigOf(server, known, manager)),
    ]);
    await restart();
    await administer(next, known);
    await publish(known);
  };
  return {
    caPem: next.certificatePem,
    caHash: pinOf(next.certificatePem),
    introduce: () => goBy(old, both),
    switch: () => goBy(next, both),
    drop: () => goBy(next, next.certificatePem),
  };
};
