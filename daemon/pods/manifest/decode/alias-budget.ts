import { TextSyntaxError } from '../../../host/text-syntax-error.ts';

const smallDocument = 400_000;
const largeDocument = 4_000_000;

/** Which share of all decoded nodes may come out of aliases, as go-yaml v2 allows: 99 % in small documents, 10 % in large. */
const allowedRatio = (decoded: number): number => {
  if (decoded <= smallDocument) return 0.99;
  if (decoded >= largeDocument) return 0.1;
  return 0.99 - (0.89 * (decoded - smallDocument)) / (largeDocument - smallDocument);
};

/** Characters that may come out of aliases: as many as a file may hold. go-yaml does not count them. */
const maxCharacters = 10 * 1024 * 1024;

/** Bounds what aliases may expand to, so that a few lines cannot ask for gigabytes. */
export class AliasBudget {
  #characters = 0;
  #decoded = 0;
  #fromAliases = 0;
  #depth = 0;
  #at = 0;

  /** Counts one decoded node and the characters of its text. Throws TextSyntaxError when too much came from aliases. */
  count(characters: number): void {
    this.#decoded += 1;
    if (this.#depth === 0) return;
    this.#fromAliases += 1;
    this.#characters += characters;
    if (this.#characters > maxCharacters) this.#refuse();
    if (this.#fromAliases <= 100 || this.#decoded <= 1000) return;
    if (this.#fromAliases / this.#decoded > allowedRatio(this.#decoded)) this.#refuse();
  }

  /** Runs `expand` for the alias at this offset. */
  within<T>(at: number, expand: () => T): T {
    if (this.#depth === 0) this.#at = at;
    this.#depth += 1;
    const result = expand();
    this.#depth -= 1;
    return result;
  }

  #refuse(): never {
    throw new TextSyntaxError(this.#at, 'the aliases of this document expand too far');
  }
}
