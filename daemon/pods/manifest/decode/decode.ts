import { TextSyntaxError } from '../../../host/text-syntax-error.ts';
import type { TextFault } from '../issue.ts';
import { parseJson } from './json.ts';
import { decodeText } from './text.ts';
import type { Node } from './tree.ts';
import { parseYaml } from './yaml.ts';

export type Decoded =
  | { readonly ok: true; readonly text: string; readonly root: Node; readonly warnings: readonly TextFault[] }
  | { readonly ok: false; readonly text: string; readonly fault: TextFault };

/** Turns a file's bytes into what they say, as the kubelet does: JSON if it starts with `{`, else the first YAML document. */
export const decode = (bytes: Uint8Array): Decoded => {
  const decoded = decodeText(bytes);
  if (!decoded.ok) return decoded;
  const { text } = decoded;
  try {
    if (decoded.format === 'json') return { ok: true, text, root: parseJson(text), warnings: [] };
    const { root, secondDocumentAt } = parseYaml(text);
    return { ok: true, text, root, warnings: secondDocumentAt === undefined ? [] : [extraDocument(secondDocumentAt)] };
  } catch (error) {
    if (!(error instanceof TextSyntaxError)) throw error;
    return { ok: false, text, fault: { offset: error.offset, message: error.message, code: 'E_MANIFEST_SYNTAX' } };
  }
};

const extraDocument = (offset: number): TextFault => ({
  offset,
  code: 'E_MANIFEST_EXTRA_DOCUMENT',
  message: 'only the first YAML document of a file is read; this one and what follows is not',
  hint: 'put each pod in a file of its own',
});
