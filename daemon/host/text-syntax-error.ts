/** A text is not of the format that it should be, from `offset` on. Caught where it becomes a fault with its line. */
export class TextSyntaxError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.name = 'TextSyntaxError';
    this.offset = offset;
  }
}
