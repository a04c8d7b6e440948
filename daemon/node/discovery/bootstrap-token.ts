import { stat } from 'node:fs/promises';
import { BootletError } from '../../errors.ts';
import { unlessMissing } from '../../host/missing.ts';
import { readSecret } from '../../host/trusted-file.ts';

/** k8s.io/cluster-bootstrap token/api. */
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const MAX_FILE_BYTES = 64 * 1024;

/** A bootstrap token. All but the id is secret: never in the store, a log or an error. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  /** ID.SECRET, as it is sent. */
  readonly token: string;
  /** When its file was written, ms since the epoch. */
  readonly writtenAt: number;
}

/** Why a text is no token, without a word of the text: it may be a token all but a slip of the hand. */
const whyMalformed = (text: string): string => {
  if (text === '') return 'is empty';
  if (text.includes(',')) return 'looks like a line of known_tokens.csv, for which cluster.auth is token';
  if (/\s/.test(text)) return 'holds more than one word';
  const parts = text.split('.');
  const [id = '', secret = ''] = parts;
  if (parts.length !== 2) return `has ${parts.length - 1} dots where one belongs`;
  if (id.length !== 6) return `has ${id.length} characters before the dot where 6 belong`;
  if (secret.length !== 16) return `has ${secret.length} characters after the dot where 16 belong`;
  return 'has characters other than lower-case letters and digits';
};

/**
 * A token as it stands in its file; white space around it does not count.
 * @throws BootletError E_TOKEN_MALFORMED
 */
export const parseToken = (text: string, file: string): Pick<BootstrapToken, 'id' | 'secret' | 'token'> => {
  const token = text.trim();
  const [, id, secret] = TOKEN.exec(token) ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret, token };
  throw new BootletError('E_TOKEN_MALFORMED', `${file} ${whyMalformed(token)}: it is no bootstrap token`, {
    hint: 'It is six characters, a dot and sixteen characters; `kubeadm token create` on a control plane prints one.',
    retryable: false,
  });
};

/**
 * The bootstrap token on this host; undefined where there is none.
 * @throws BootletError E_TOKEN_MALFORMED; E_FILE_UNTRUSTED when others than root can change or read it
 */
export const readToken = async (file: string): Promise<BootstrapToken | undefined> => {
  const bytes = await unlessMissing(readSecret(file, MAX_FILE_BYTES));
  if (bytes === undefined) return undefined;
  return { ...parseToken(Buffer.from(bytes).toString(), file), writtenAt: (await stat(file)).mtimeMs };
};
