import { createHash } from 'node:crypto';
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import { replaceFile, syncFolder } from '../../host/atomic-file.ts';
import { readTrusted } from '../../host/trusted-file.ts';
import { Semaphore } from '../../reconcile/semaphore.ts';
import { maxManifestBytes } from '../manifest/decode/text.ts';
import type { ReadManifest } from '../source/read-entry.ts';
import type { LastGood } from './assign.ts';

/** One file of the ledger: the bytes themselves, so that a later bootlet reads them by its own rules. */
interface LedgerRecord {
  readonly path: string;
  readonly pod: string;
  readonly uid: string;
  readonly contentBase64: string;
}

const isRecord = (value: unknown): value is LedgerRecord =>
  typeof value === 'object' &&
  value !== null &&
  ['path', 'pod', 'uid', 'contentBase64'].every((key) => typeof Reflect.get(value, key) === 'string');

const WRITES_AT_ONCE = 4;
/** Base64 makes four bytes of three; the rest is room for the names. */
const MAX_RECORD_BYTES = 2 * maxManifestBytes;
const SUFFIX = '.manifest.json';

const fileNameOf = (path: string): string => `${createHash('sha256').update(path).digest('hex')}${SUFFIX}`;

/** The manifests that gave the pods that run, on disk: what an invalid edit or a vanished folder falls back on after a restart. */
export class Ledger {
  readonly #folder: string;
  readonly #read: ReadManifest;
  /** What is on disk: content hash by path. */
  readonly #saved = new Map<string, string>();

  constructor(folder: string, read: ReadManifest) {
    this.#folder = folder;
    this.#read = read;
  }

  /**
   * All that is remembered, by path. A record that cannot be understood, or whose content this version does not accept,
   * is reported and left out; the others count.
   */
  async load(onBroken: (error: BootletError) => void): Promise<Map<string, LastGood>> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const loaded = new Map<string, LastGood>();
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith(SUFFIX)) continue;
      const file = join(this.#folder, name);
      try {
        const record = await this.#loadOne(file);
        loaded.set(record.path, record);
        this.#saved.set(record.path, record.contentHash);
      } catch (error) {
        onBroken(
          new BootletError('E_STATE_BROKEN', `${file}: ${messageOf(error)}`, {
            hint: `remove ${file}, unless the manifest it remembers is needed`,
            cause: error,
            retryable: false,
          }),
        );
      }
    }
    return loaded;
  }

  /** Makes the disk agree with what is to be remembered. On an error, what was not written is tried again by the next call. */
  async save(wanted: ReadonlyMap<string, LastGood>): Promise<void> {
    const limit = new Semaphore(WRITES_AT_ONCE);
    const written = [...wanted.values()].filter((w) => this.#saved.get(w.path) !== w.contentHash);
    const removed = [...this.#saved.keys()].filter((path) => !wanted.has(path));
    await Promise.all(written.map((lastGood) => limit.run(() => this.#write(lastGood))));
    for (const path of removed) await this.#remove(path);
    if (written.length + removed.length > 0) await syncFolder(this.#folder);
  }

  async #loadOne(file: string): Promise<LastGood> {
    const bytesOnDisk = await readTrusted(file, MAX_RECORD_BYTES);
    const record: unknown = JSON.parse(Buffer.from(bytesOnDisk).toString());
    if (!isRecord(record)) throw new Error('it is not a record of the ledger');
    const bytes = Buffer.from(record.contentBase64, 'base64');
    const result = this.#read(bytes, record.path);
    if (!result.ok)
      throw new Error(`${record.path} as last good is not valid any more: ${result.errors[0]?.message ?? ''}`);
    const contentHash = createHash('sha256').update(bytes).digest('hex');
    return { path: record.path, contentHash, bytes, pod: result.pod };
  }

  async #write({ path, bytes, contentHash, pod }: LastGood): Promise<void> {
    const record: LedgerRecord = {
      path,
      pod: `${pod.namespace}/${pod.name}`,
      uid: pod.uid,
      contentBase64: Buffer.from(bytes).toString('base64'),
    };
    await replaceFile(join(this.#folder, fileNameOf(path)), JSON.stringify(record));
    this.#saved.set(path, contentHash);
  }

  async #remove(path: string): Promise<void> {
    try {
      await unlink(join(this.#folder, fileNameOf(path)));
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw error;
    }
    this.#saved.delete(path);
  }
}
