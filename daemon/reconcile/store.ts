import { isDeepStrictEqual } from 'node:util';
import { BootletError } from '../errors.ts';
import type { Change, Resource, ResourceType } from './resource.ts';

/** What everyone may do with the store. */
export interface Reader {
  /** The version of the last change to anything. */
  readonly version: number;
  get<T>(type: ResourceType<T>, id: string): T | undefined;
  list<T>(type: ResourceType<T>): readonly Resource<T>[];
  /** Calls `notify` at once, in the writer's turn, with each later change; the returned function ends it. */
  watch<T>(type: ResourceType<T>, notify: (change: Change<T>) => void): () => void;
}

/** What only the one writer of a type may do. */
export interface Writer<T> {
  /** Writing a value that equals the present one is no change and wakes nobody. */
  put(id: string, value: T): void;
  remove(id: string): void;
}

interface Shelf {
  writer?: string;
  readonly items: Map<string, Resource<unknown>>;
  readonly watchers: Set<(change: Change<unknown>) => void>;
}

/** The one in-memory store of typed resources. Nothing in it survives the process: what must, is read back from the runtime and the ledger. */
export class Store implements Reader {
  readonly #shelves = new Map<string, Shelf>();
  #version: number;

  /** @param firstVersion above that of every earlier process, so that no reader takes one of theirs for one of this */
  constructor(firstVersion = 0) {
    this.#version = firstVersion;
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Makes `name` the only writer of a type.
   * @throws BootletError E_INTERNAL when the type has a writer already
   */
  claim<T>(type: ResourceType<T>, name: string): Writer<T> {
    const shelf = this.#shelf(type);
    if (shelf.writer !== undefined) {
      throw new BootletError('E_INTERNAL', `${name} cannot write ${type.name}: ${shelf.writer} is its writer`);
    }
    shelf.writer = name;
    return {
      put: (id, value) => this.#put(shelf, id, value),
      remove: (id) => this.#remove(shelf, id),
    };
  }

  get<T>(type: ResourceType<T>, id: string): T | undefined {
    return this.#items(type).get(id)?.value;
  }

  list<T>(type: ResourceType<T>): readonly Resource<T>[] {
    return [...this.#items(type).values()];
  }

  watch<T>(type: ResourceType<T>, notify: (change: Change<T>) => void): () => void {
    const watchers = this.#shelf(type).watchers as Set<(change: Change<T>) => void>;
    watchers.add(notify);
    return () => watchers.delete(notify);
  }

  #put(shelf: Shelf, id: string, value: unknown): void {
    const before = shelf.items.get(id);
    if (before !== undefined && isDeepStrictEqual(before.value, value)) return;
    const resource = { id, version: ++this.#version, value };
    shelf.items.set(id, resource);
    this.#notify(shelf, { kind: before === undefined ? 'added' : 'modified', resource });
  }

  #remove(shelf: Shelf, id: string): void {
    const before = shelf.items.get(id);
    if (before === undefined) return;
    shelf.items.delete(id);
    this.#notify(shelf, { kind: 'removed', resource: { ...before, version: ++this.#version } });
  }

  #notify(shelf: Shelf, change: Change<unknown>): void {
    for (const notify of [...shelf.watchers]) notify(change);
  }

  /** The one place that trusts a type's name to stand for its value type: only `claim` hands out writers, and they are typed. */
  #items<T>(type: ResourceType<T>): Map<string, Resource<T>> {
    return this.#shelf(type).items as Map<string, Resource<T>>;
  }

  #shelf(type: ResourceType<unknown>): Shelf {
    let shelf = this.#shelves.get(type.name);
    if (shelf === undefined) {
      shelf = { items: new Map(), watchers: new Set() };
      this.#shelves.set(type.name, shelf);
    }
    return shelf;
  }
}
