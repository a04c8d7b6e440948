import { isJson, isMap, type Json } from './json-value.ts';
import { StateFile } from './state-file.ts';

/** What was there before bootlet changed it; null: nothing was. */
export type Original = Json;

/** Of one host setting, by object: `link cbr0`, `nat POSTROUTING`, the path of a file. */
export type Originals = Readonly<Record<string, Original>>;

/** Of an original that is a map; none of any other. */
export const partsOf = (original: Original): { readonly [key: string]: Original } => (isMap(original) ? original : {});

type Book = Readonly<Record<string, Originals>>;

const isOriginals = (value: unknown): value is Originals => isMap(value) && Object.values(value).every(isJson);

const isBook = (value: unknown): value is Book => isMap(value) && Object.values(value).every(isOriginals);

const bookIn = (json: unknown): Book | undefined => (isBook(json) ? json : undefined);

/**
 * What bootlet has changed on the host, and what was there before, so that a reset takes back exactly that.
 *
 * Invariant: a change is entered, and on disk, before it is made, and struck only after it was taken back. So after a
 * SIGKILL at any point the ledger names all that was changed, and at most one change that never came to be.
 */
export class Ledger {
  readonly #file: StateFile<Book>;
  /** As it is on disk. */
  #book: Book = {};
  /** The last change of it: one goes after another. */
  #updates: Promise<void> = Promise.resolve();

  /** @param path of its file; load it before anything else */
  constructor(path: string) {
    this.#file = new StateFile({
      path,
      parse: bookIn,
      withoutIt: 'what bootlet changed on this host is then no longer known, and bootlet reset leaves it as it is',
    });
  }

  /** @throws BootletError E_STATE_BROKEN */
  async load(): Promise<void> {
    this.#book = (await this.#file.load()) ?? {};
  }

  get isEmpty(): boolean {
    return Object.keys(this.#book).length === 0;
  }

  of(setting: string): Originals {
    return this.#book[setting] ?? {};
  }

  /** Resolves once it is on disk. What is entered already keeps its first original. */
  enter(setting: string, object: string, original: Original): Promise<void> {
    return this.#update((book) => {
      const entered = book[setting] ?? {};
      return Object.hasOwn(entered, object) ? book : { ...book, [setting]: { ...entered, [object]: original } };
    });
  }

  /** Resolves once it is on disk. */
  strike(setting: string, object: string): Promise<void> {
    return this.#update((book) => {
      const { [object]: struck, ...left } = book[setting] ?? {};
      if (struck === undefined) return book;
      const { [setting]: _, ...others } = book;
      return Object.keys(left).length === 0 ? others : { ...others, [setting]: left };
    });
  }

  /** Several controllers write: each change is made to the book that the one before it left. */
  #update(change: (book: Book) => Book): Promise<void> {
    this.#updates = this.#updates
      .catch(() => undefined)
      .then(async () => {
        const book = change(this.#book);
        if (book === this.#book) return;
        await this.#file.save(book);
        this.#book = book;
      });
    return this.#updates;
  }
}
