/** Deeper than any Pod; keeps recursion over what a stranger wrote within the stack. */
export const maxDepth = 1000;
