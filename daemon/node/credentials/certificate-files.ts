import { chmod, mkdir, readFile, readlink, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { syncFolder, writeFileAtomically } from '../../host/atomic-file.ts';
import { namesIn, unlessMissing } from '../../host/missing.ts';
import { type ClientCertificate, type HeldCertificate, isKey, readClientCertificate } from './certificate.ts';
import { newKey } from './signing-request.ts';

const CURRENT = 'bootlet-client-current.pem';
const PENDING_KEY = 'bootlet-client.key.tmp';
/** Also what a write that was cut short left over. */
const dated = /^(\.bootlet-client-\d{4}-.*\.pem\.tmp|bootlet-client-\d{4}-.*\.pem)$/;
/** The one before stays for whoever has it open. */
const KEPT = 2;

/**
 * The node's client certificates on disk, laid out as the kubelet's certificate store is: certificate and key in one
 * dated file, and a link to the present one, which never names a file that is not whole.
 */
export class CertificateFiles {
  readonly #folder: string;

  /** @param folder of the daemon's own, 0700; made where it is missing */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What a kubeconfig names: it leads to the present certificate, whichever that is. */
  get current(): string {
    return join(this.#folder, CURRENT);
  }

  /** Undefined where there is none. @throws BootletError E_CERTIFICATE */
  async load(): Promise<HeldCertificate | undefined> {
    const pem = await unlessMissing(readFile(this.current, 'utf8'));
    if (pem === undefined) return undefined;
    return { ...readClientCertificate(pem, this.current), heldSince: (await stat(this.current)).mtimeMs };
  }

  /**
   * The key that a certificate is asked for with, made once: a request that was cut short is found again by it. It
   * becomes the certificate's with `save`.
   */
  async pendingKey(): Promise<string> {
    const path = join(this.#folder, PENDING_KEY);
    const pending = await unlessMissing(readFile(path, 'utf8'));
    if (pending !== undefined && isKey(pending)) return pending;
    const made = await newKey();
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
    await writeFileAtomically(path, made);
    return made;
  }

  /** The next certificate is asked for with another key. */
  async forgetPendingKey(): Promise<void> {
    await rm(join(this.#folder, PENDING_KEY), { force: true });
    await syncFolder(this.#folder);
  }

  /** Makes it the present one. @param now ms since the epoch, for its name and its time */
  async save(certificate: ClientCertificate, now: number): Promise<HeldCertificate> {
    const name = `bootlet-client-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}.pem`;
    const draft = join(this.#folder, `.${CURRENT}.tmp`);
    const path = join(this.#folder, name);
    await writeFileAtomically(path, `${certificate.certificatePem}${certificate.keyPem}`);
    await utimes(path, now / 1000, now / 1000);
    await rm(draft, { force: true });
    await symlink(name, draft);
    await rename(draft, this.current);
    await this.forgetPendingKey();
    await this.#removeOld();
    return { ...certificate, heldSince: now };
  }

  /** Forgets every certificate and key. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #removeOld(): Promise<void> {
    const present = basename(await readlink(this.current));
    const old = (await namesIn(this.#folder)).filter((name) => dated.test(name) && name !== present).toSorted();
    for (const name of old.slice(0, Math.max(0, old.length - (KEPT - 1))))
      await rm(join(this.#folder, name), { force: true });
  }
}
