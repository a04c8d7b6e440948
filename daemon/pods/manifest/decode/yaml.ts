import { Composer, type Document, type ParsedNode, type YAMLParseError } from 'yaml';
import { TextSyntaxError } from '../../../host/text-syntax-error.ts';
import { firstDocument } from './first-document.ts';
import { type Fault, findLibyamlFault } from './libyaml.ts';
import { PaddedText } from './padded-text.ts';
import type { Node } from './tree.ts';
import { NodeBuilder } from './yaml-nodes.ts';

export interface YamlFile {
  /** Of the first document; null if there is none. */
  readonly root: Node;
  /** Where a second document starts, which neither the kubelet nor bootlet reads. */
  readonly secondDocumentAt: number | undefined;
}

/**
 * Reads the first document of a YAML file into the JSON that sigs.k8s.io/yaml would make of it.
 * Throws TextSyntaxError.
 */
export const parseYaml = (source: string): YamlFile => {
  let text = new PaddedText(source);
  let read = readFirst(text.text);
  // Each turn settles one place; the bound on what is read again keeps a large broken file from being read a hundred times.
  for (let left = maxReread - source.length; read.error && left > 0; left -= source.length) {
    const padded = padFor(read.error, text);
    if (!padded) break;
    text = padded;
    read = readFirst(text.text);
  }
  const { contents, error, secondAt } = read;
  const fault = read.fault ?? (error && { offset: error.pos[0], message: firstLower(error.message) });
  if (fault) throw new TextSyntaxError(text.origin(fault.offset), fault.message);
  return {
    root: contents ? new NodeBuilder(text.origin).build(contents) : { kind: 'null', at: 0 },
    secondDocumentAt: secondAt === undefined ? undefined : text.origin(secondAt),
  };
};

/** Characters. */
const maxReread = 2_000_000;

interface Read {
  readonly fault: Fault | undefined;
  readonly contents: ParsedNode | null;
  readonly error: YAMLParseError | undefined;
  readonly secondAt: number | undefined;
}

const readFirst = (text: string): Read => {
  const { tokens, secondAt } = firstDocument(text);
  const fault = findLibyamlFault(text, tokens);
  // The failsafe schema leaves every scalar the string it is written as: which of them are numbers is Go's to say.
  const composer = new Composer({ version: '1.1', schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
  const isThere = tokens.some(({ type }) => type === 'document');
  const composed: Document.Parsed<ParsedNode>[] = isThere ? [...composer.compose(tokens, true, text.length)] : [];
  return { fault, contents: composed[0]?.contents ?? null, error: composed[0]?.errors[0], secondAt };
};

const firstLower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/**
 * libyaml does not mind how far the continued lines of quoted text and of `{}` and `[]` are indented, nor a comment right
 * behind a bracket. White space put there changes no content, and lets this parser go on too.
 */
const padFor = (error: YAMLParseError, text: PaddedText): PaddedText | undefined => {
  const [at] = error.pos;
  if (error.message.startsWith('Comments must be separated')) return text.insert(at, 1);
  const isQuote = error.code === 'MISSING_CHAR' && error.message.startsWith('Missing closing');
  const isFlow = error.code === 'BAD_INDENT' && error.message.startsWith('Flow ');
  return isQuote || isFlow ? text.indent(at) : undefined;
};
