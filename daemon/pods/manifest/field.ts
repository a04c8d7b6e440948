/** A path into a Pod as Kubernetes writes it: `spec.containers[0].resources.limits[cpu]`. */
export class Field {
  static readonly root = new Field(undefined, '', '');

  readonly #parent: Field | undefined;
  readonly #step: string | number;
  readonly #text: string;

  private constructor(parent: Field | undefined, step: string | number, text: string) {
    this.#parent = parent;
    this.#step = step;
    this.#text = text;
  }

  child(...names: readonly string[]): Field {
    let field: Field = this;
    for (const name of names) field = new Field(field, name, field.#text === '' ? name : `${field.#text}.${name}`);
    return field;
  }

  index(index: number): Field {
    return new Field(this, index, `${this.#text}[${index}]`);
  }

  key(key: string): Field {
    return new Field(this, key, `${this.#text}[${key}]`);
  }

  /** From the root down: names of fields, keys of maps, indexes of lists. */
  steps(): (string | number)[] {
    return this.#parent ? [...this.#parent.steps(), this.#step] : [];
  }

  toString(): string {
    return this.#text;
  }
}
