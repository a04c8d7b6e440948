/** Deeper than any Pod; keeps recursion over what a stranger wrote within the stack. */
export const maxDepth = 1000;

/** The text is neither YAML nor JSON, from `offset` on. Caught by decode.ts, where it becomes an issue with its line. */
export class ManifestSyntaxError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.name = 'ManifestSyntaxError';
    this.offset = offset;
  }
}
