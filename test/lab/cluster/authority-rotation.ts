import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificate, issue, newAuthority } from '../certificate.ts';
import { apiserverLeaf, controllerManagerLeaf, kubeconfigOf } from '../pki.ts';

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
 * The steps by which an administrator gives a cluster another authority (Kubernetes' "Manual Rotation of CA Certificates"),
 * to be taken in this order; each resolves once the control plane is ready again.
 */
export interface AuthorityRotation {
  /** PEM of the new authority. */
  readonly caPem: string;
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
  const manager = async (by: Certificate, caPem: string) =>
    write('controller-manager.conf', kubeconfigOf(server, caPem, await issue(by, controllerManagerLeaf)));
  return {
    caPem: next.certificatePem,
    introduce: async () => {
      await Promise.all([write('pki/authorities.crt', both), manager(old, both)]);
      await restart();
      await administer(next, both);
      await publish(both);
    },
    switch: async () => {
      await Promise.all([
        writePair('pki/ca', next),
        issue(next, apiserverLeaf('control-plane', addresses)).then((leaf) => writePair('pki/apiserver', leaf)),
        manager(next, both),
      ]);
      await restart();
    },
    drop: async () => {
      await Promise.all([write('pki/authorities.crt', next.certificatePem), manager(next, next.certificatePem)]);
      await restart();
      await publish(next.certificatePem);
    },
  };
};
