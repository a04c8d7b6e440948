interface Insertion {
  readonly at: number;
  readonly length: number;
}

/** A text with white space put in, which still knows where everything was. */
export class PaddedText {
  readonly text: string;
  /** In ascending order, in offsets of the original. */
  readonly #insertions: readonly Insertion[];

  constructor(text: string, insertions: readonly Insertion[] = []) {
    this.text = text;
    this.#insertions = insertions;
  }

  /** The offset in the original of an offset in `text`. */
  readonly origin = (offset: number): number => {
    let shift = 0;
    for (const { at, length } of this.#insertions) {
      if (at + shift >= offset) break;
      shift = Math.min(shift + length, offset - at);
    }
    return offset - shift;
  };

  /** Puts so many spaces at an offset of `text`. */
  insert(offset: number, length: number): PaddedText {
    const text = this.text.slice(0, offset) + ' '.repeat(length) + this.text.slice(offset);
    const insertions = [...this.#insertions, { at: this.origin(offset), length }].toSorted((a, b) => a.at - b.at);
    return new PaddedText(text, insertions);
  }

  /** Indents the line at an offset deeper than any other; undefined if that would hide the end of a document, or does not help. */
  indent(offset: number): PaddedText | undefined {
    const start = this.text[offset] === '\n' ? offset + 1 : this.text.lastIndexOf('\n', offset - 1) + 1;
    const line = this.text.slice(start, this.text.indexOf('\n', start) >>> 0);
    if (line === '' || deeplyIndented.test(line) || documentMarker.test(line)) return undefined;
    return this.insert(start, depth);
  }
}

const depth = 1000;
const deeplyIndented = new RegExp(`^ {${depth}}`);
const documentMarker = /^(---|\.\.\.)(\s|$)/;
