import type { CST } from 'yaml';
import { TextSyntaxError } from '../../../host/text-syntax-error.ts';
import { maxDepth } from './max-depth.ts';

/** Escapes that libyaml knows in double quotes (YAML 1.1, 5.7; without YAML 1.2's `\/`). */
const quotedEscape =
  /\\(?:[0abt\tnvfre "'\\N_LP\n]|x[0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?<bad>[^]?))/g;

interface Place {
  readonly inFlow: boolean;
  readonly depth: number;
  readonly indent: number;
}

export interface Fault {
  readonly offset: number;
  readonly message: string;
}

/**
 * What go-yaml v2 (libyaml, YAML 1.1) refuses first and the parser used here (YAML 1.2) lets pass.
 * Throws TextSyntaxError for what is nested so deeply that recursion over it would end badly.
 */
export const findLibyamlFault = (text: string, tokens: readonly CST.Token[]): Fault | undefined => {
  let first: Fault | undefined;
  const note = (fault: Fault | undefined) => {
    if (fault && (!first || fault.offset < first.offset)) first = fault;
  };
  const pending: Pending[] = tokens.map((token) => ({ token, place: { inFlow: false, depth: 0, indent: -1 } }));
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { token, place } = next;
    if (place.depth > maxDepth) throw new TextSyntaxError(token.offset, `nested more than ${maxDepth} levels deep`);
    note(faultOf(text, token, place));
    const inside = placeInside(token, place);
    const checkLeaves = (leaves: readonly CST.Token[] = []) => {
      for (const leaf of leaves) note(faultOf(text, leaf, inside));
    };
    const lookInto = (child: CST.Token | null | undefined) => {
      if (child) pending.push({ token: child, place: inside });
    };
    if (token.type === 'document') {
      checkLeaves(token.start);
      lookInto(token.value);
    } else if (token.type === 'block-scalar') checkLeaves(token.props);
    else if ('items' in token)
      for (const { start, key, sep, value } of token.items) {
        checkLeaves(start);
        checkLeaves(sep);
        lookInto(key);
        lookInto(value);
      }
    if ('end' in token) checkLeaves(token.end);
  }
  return first;
};

interface Pending {
  readonly token: CST.Token;
  readonly place: Place;
}

const placeInside = (token: CST.Token, place: Place): Place => {
  if (!('items' in token)) return place;
  const inFlow = place.inFlow || token.type === 'flow-collection';
  return { inFlow, depth: place.depth + 1, indent: token.type === 'flow-collection' ? place.indent : token.indent };
};

const faultOf = (text: string, token: CST.Token, place: Place): Fault | undefined => {
  switch (token.type) {
    case 'directive':
      return /^%YAML[ \t]+1\.1\s*(#.*)?$/.test(token.source) || /^%TAG\s/.test(token.source)
        ? undefined
        : { offset: token.offset, message: 'only the directives %YAML 1.1 and %TAG are known' };
    case 'space':
      return tabFault(text, token, place);
    case 'anchor':
    case 'alias':
      return /^[&*][\w-]+$/.test(token.source)
        ? undefined
        : { offset: token.offset, message: 'the name of an anchor consists of letters, digits, _ and -' };
    case 'scalar':
      return plainFault(token, place);
    case 'double-quoted-scalar':
      return escapeFault(token);
    case 'flow-collection':
      return longKeyFault(token);
    default:
      return undefined;
  }
};

const noTab = 'a tab cannot be used for indentation';

/** In block context a line may not start with a tab, not even an otherwise empty one. */
const tabFault = (text: string, { source, offset }: CST.SourceToken, place: Place): Fault | undefined => {
  const tab = source.indexOf('\t');
  const startsLine = offset === 0 || text[offset - 1] === '\n';
  return tab !== -1 && startsLine && !place.inFlow ? { offset: offset + tab, message: noTab } : undefined;
};

const plainFault = ({ source, offset }: CST.FlowScalar, place: Place): Fault | undefined => {
  const question = source.indexOf('?');
  if (place.inFlow && (question !== -1 || source.startsWith(':')))
    return { offset: offset + Math.max(0, question), message: 'quote this: ? and : are indicators inside {} and []' };
  for (const line of source.matchAll(/\n( *)\t/g))
    if ((line[1] ?? '').length <= place.indent)
      return { offset: offset + line.index + line[0].length - 1, message: noTab };
  return undefined;
};

/** A key inside `{}` or `[]` stays on one line, unless a `?` announces it. */
const longKeyFault = (token: CST.FlowCollection): Fault | undefined => {
  for (const { start, key, sep } of token.items) {
    const announced = start.some(({ type }) => type === 'explicit-key-ind');
    const colon = sep?.findIndex(({ type }) => type === 'map-value-ind') ?? -1;
    if (colon === -1 || announced || !key || !('source' in key)) continue;
    if (key.source.includes('\n') || sep?.slice(0, colon).some(({ type }) => type === 'newline'))
      return { offset: key.offset, message: 'a key must be on one line' };
  }
  return undefined;
};

const escapeFault = ({ source, offset }: CST.FlowScalar): Fault | undefined => {
  for (const found of source.matchAll(quotedEscape))
    if (found.groups?.['bad'] !== undefined)
      return { offset: offset + found.index, message: `unknown escape ${JSON.stringify(found[0])} in double quotes` };
  return undefined;
};
