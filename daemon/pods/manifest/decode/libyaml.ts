import { CST } from 'yaml';
import { ManifestSyntaxError, maxDepth } from './syntax-error.ts';

/** Escapes that libyaml knows in double quotes (YAML 1.1, 5.7; without YAML 1.2's `\/`). */
const quotedEscape =
  /\\(?:[0abt\tnvfre "'\\N_LP\n]|x[0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?<bad>[^]?))/g;

interface Place {
  readonly inFlow: boolean;
  readonly depth: number;
  readonly indent: number;
}

/**
 * Refuses what go-yaml v2 (libyaml, YAML 1.1) refuses and the parser used here (YAML 1.2) lets pass, and bounds the
 * nesting before anything recurses. Throws ManifestSyntaxError.
 */
export const checkLibyaml = (text: string, tokens: readonly CST.Token[]): void => {
  const pending: { token: CST.Token; place: Place }[] = [];
  for (const token of tokens) pending.push({ token, place: { inFlow: false, depth: 0, indent: -1 } });
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { token, place } = next;
    if (place.depth > maxDepth) throw new ManifestSyntaxError(token.offset, `nested more than ${maxDepth} levels deep`);
    checkToken(text, token, place);
    pending.push(...childrenOf(token, place));
  }
};

const childrenOf = (token: CST.Token, place: Place): { token: CST.Token; place: Place }[] => {
  const children: CST.Token[] = [];
  let inside = place;
  if (token.type === 'document') {
    children.push(...token.start, ...(token.value ? [token.value] : []), ...(token.end ?? []));
  } else if ('items' in token) {
    const inFlow = place.inFlow || token.type === 'flow-collection';
    inside = { inFlow, depth: place.depth + 1, indent: token.type === 'flow-collection' ? place.indent : token.indent };
    for (const item of token.items) {
      children.push(...item.start, ...(item.sep ?? []));
      if (item.key) children.push(item.key);
      if (item.value) children.push(item.value);
    }
  }
  if (CST.isScalar(token) && 'end' in token && token.end) children.push(...token.end);
  if (token.type === 'block-scalar') children.push(...token.props);
  return children.map((child) => ({ token: child, place: inside }));
};

const checkToken = (text: string, token: CST.Token, place: Place): void => {
  switch (token.type) {
    case 'directive':
      if (/^%YAML\s/.test(token.source) && !/^%YAML[ \t]+1\.1\s*(#.*)?$/.test(token.source))
        throw new ManifestSyntaxError(token.offset, 'only YAML 1.1 is read');
      return;
    case 'space':
      return checkTab(text, token, place);
    case 'anchor':
    case 'alias':
      if (!/^[&*][\w-]+$/.test(token.source))
        throw new ManifestSyntaxError(token.offset, 'the name of an anchor consists of letters, digits, _ and -');
      return;
    case 'scalar':
      return checkPlain(token, place);
    case 'double-quoted-scalar':
      return checkEscapes(token);
  }
};

/** In block context a line may not start with a tab, not even an otherwise empty one. */
const checkTab = (text: string, token: CST.SourceToken, place: Place): void => {
  const tab = token.source.indexOf('\t');
  const startsLine = token.offset === 0 || text[token.offset - 1] === '\n';
  if (tab !== -1 && startsLine && !place.inFlow)
    throw new ManifestSyntaxError(token.offset + tab, 'a tab cannot be used for indentation');
};

const checkPlain = (token: CST.FlowScalar, place: Place): void => {
  if (place.inFlow) {
    const question = token.source.indexOf('?');
    if (question !== -1 || token.source.startsWith(':'))
      throw new ManifestSyntaxError(
        token.offset + Math.max(0, question),
        'quote this: ? and : are indicators inside {} and []',
      );
  }
  for (const line of token.source.matchAll(/\n( *)\t/g))
    if ((line[1] ?? '').length <= place.indent)
      throw new ManifestSyntaxError(
        token.offset + line.index + line[0].length - 1,
        'a tab cannot be used for indentation',
      );
};

const checkEscapes = (token: CST.FlowScalar): void => {
  for (const found of token.source.matchAll(quotedEscape)) {
    if (found.groups?.['bad'] === undefined) continue;
    throw new ManifestSyntaxError(
      token.offset + found.index,
      `unknown escape ${JSON.stringify(found[0])} in double quotes`,
    );
  }
};
