const MOST = 5;

/** The first five, and of more how many: who starts ever more containers does not make a message without end. */
export const firstOf = (texts: readonly string[], separator = ', '): string => {
  const shown = texts.slice(0, MOST).join(separator);
  return texts.length <= MOST ? shown : `${shown} and ${texts.length - MOST} more`;
};
