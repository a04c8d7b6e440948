import { parseDocument } from 'yaml';
import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';

/** What a kubeconfig's `…-data` holds, decoded, or the file that it names instead. */
export type Material = { readonly data: string } | { readonly file: string };

/** The part of a kubeconfig that bootlet goes by: the cluster and user of its current context, or its only ones. */
export interface Kubeconfig {
  readonly server: string;
  readonly authority: Material | undefined;
  readonly token: string | undefined;
  readonly certificate: { readonly certificate: Material; readonly key: Material } | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** What would make bootlet run a program, trust anyone, or go another way than it says, by field. */
const REFUSED: Readonly<Record<string, string>> = {
  exec: 'runs a program for its credentials',
  'auth-provider': 'runs a plugin for its credentials',
  'insecure-skip-tls-verify': 'trusts whoever answers',
  'proxy-url': 'goes through a proxy',
  'tls-server-name': 'expects another name than that of the server',
  as: 'acts as somebody else',
  username: 'has a password, which no apiserver since Kubernetes 1.19 takes',
  password: 'has a password, which no apiserver since Kubernetes 1.19 takes',
  tokenFile: 'has its token in another file',
};

/**
 * Reads a kubeconfig, strictly. Never says what it holds: there may be secrets in it.
 * @param where names the file, or what the text comes from
 * @throws BootletError E_KUBECONFIG
 */
export const parseKubeconfig = (text: string, where: string): Kubeconfig => {
  const fail = (what: string): never => {
    throw new BootletError('E_KUBECONFIG', `${where} ${what}`, { retryable: false });
  };
  const document = parseDocument(text, { schema: 'core', logLevel: 'silent' });
  if (document.errors.length > 0 || document.warnings.length > 0) fail('is not valid YAML');
  const config = plain(document);
  if (!isMap(config) || config['kind'] !== 'Config') return fail('is no kubeconfig: kind is not Config');

  const named = (list: string, kind: string, name: string | undefined): Fields | undefined => {
    const entries: readonly unknown[] = Array.isArray(config[list]) ? config[list] : [];
    if (name === undefined && entries.length > 1) return fail(`has several ${list} and no current-context`);
    const found = name === undefined ? entries[0] : entries.find((one) => isMap(one) && one['name'] === name);
    const fields = isMap(found) ? found[kind] : undefined;
    if (name !== undefined && fields === undefined) return fail(`has no ${kind} of the name that its context has`);
    return isMap(fields) ? fields : undefined;
  };
  const current = textIn(config, 'current-context');
  const context = current === undefined ? undefined : named('contexts', 'context', current);
  const cluster = named('clusters', 'cluster', context && textIn(context, 'cluster')) ?? fail('names no cluster');
  const user = named('users', 'user', context && textIn(context, 'user')) ?? {};

  for (const [field, value] of [...Object.entries(cluster), ...Object.entries(user)]) {
    const why = REFUSED[field];
    if (why !== undefined && value !== false && value !== '' && value !== null) fail(`${why} (${field})`);
  }
  const server = textIn(cluster, 'server') ?? fail('names no server');
  if (URL.parse(server)?.protocol !== 'https:') fail('has a server that is not of https://');

  const material = (fields: Fields, field: string): Material | undefined => {
    const [encoded, file] = [textIn(fields, `${field}-data`), textIn(fields, field)];
    if (encoded === undefined) return file === undefined ? undefined : { file };
    return { data: decoded(encoded) ?? fail(`has a ${field}-data that is not base64`) };
  };
  const [certificate, key] = [material(user, 'client-certificate'), material(user, 'client-key')];
  if ((certificate === undefined) !== (key === undefined)) fail('has a client certificate or a key without the other');
  return {
    server,
    authority: material(cluster, 'certificate-authority'),
    token: textIn(user, 'token'),
    certificate: certificate && key && { certificate, key },
  };
};

const textIn = (fields: Fields, field: string): string | undefined => {
  const value = fields[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Aliases make a small text large. */
const plain = (document: ReturnType<typeof parseDocument>): unknown => {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
};

const decoded = (encoded: string): string | undefined => {
  const text = encoded.replace(/\s/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString() : undefined;
};
