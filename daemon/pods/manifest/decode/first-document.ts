import { CST, Lexer, Parser } from 'yaml';
import { TextSyntaxError } from '../../../host/text-syntax-error.ts';
import { maxDepth } from './max-depth.ts';

/** Some forty times what a large manifest has; the parser takes up to half a kilobyte for each. */
const maxLexemes = 200_000;

export interface FirstDocument {
  /** The tokens before and of the first document. */
  readonly tokens: readonly CST.Token[];
  /** Where a second document with something in it starts. */
  readonly secondAt: number | undefined;
}

/**
 * Parses no further than the start of a second document, and stops at what no Pod can need, before it has cost more
 * than a fraction of a second. Throws TextSyntaxError.
 */
export const firstDocument = (text: string): FirstDocument => {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let isComplete = false;
  let lexemes = 0;
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      isComplete ||= token.type === 'document';
    }
    const open = parser.stack[0];
    const depth = parser.stack.length;
    const isSecond = isComplete && open?.type === 'document';
    if (isSecond && (open.value || depth > 1)) return { tokens, secondAt: open.offset };
    lexemes += 1;
    if (!markers.has(lexeme)) offset += lexeme.length;
    if (lexemes > maxLexemes)
      throw new TextSyntaxError(offset, `it has more than ${maxLexemes} words and marks of YAML`);
    if (depth > maxDepth) throw new TextSyntaxError(offset, `nested more than ${maxDepth} levels deep`);
  }
  for (const token of parser.end()) if (token.type !== 'document' || !isComplete) tokens.push(token);
  return { tokens, secondAt: undefined };
};

/** Lexemes that stand for no text: the lexer's own signs for a document, a broken flow collection and a scalar. */
const markers = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);
