/** A path into a Pod as Kubernetes writes it: `spec.containers[0].resources.limits[cpu]`. */
export class Field {
  static readonly root = new Field(undefined, '', false);

  readonly #parent: Field | undefined;
  readonly #step: string | number;
  readonly #inBrackets: boolean;

  private constructor(parent: Field | undefined, step: string | number, inBrackets: boolean) {
    this.#parent = parent;
    this.#step = step;
    this.#inBrackets = inBrackets;
  }

  child(...names: readonly string[]): Field {
    let field: Field = this;
    for (const name of names) field = new Field(field, name, false);
    return field;
  }

  index(index: number): Field {
    return new Field(this, index, true);
  }

  key(key: string): Field {
    return new Field(this, key, true);
  }

  /** From the root down: names of fields, keys of maps, indexes of lists. */
  steps(): (string | number)[] {
    return this.#parent ? [...this.#parent.steps(), this.#step] : [];
  }

  /** Made only when it is asked for: most fields have no fault. */
  toString(): string {
    const before = this.#parent?.toString() ?? '';
    if (this.#inBrackets) return `${before}[${this.#step}]`;
    return before === '' ? String(this.#step) : `${before}.${this.#step}`;
  }
}
