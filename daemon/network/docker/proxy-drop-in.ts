import { join } from 'node:path';
import type { Json } from '../../host/json-value.ts';
import { wantedProxies } from './wanted-keys.ts';

/** What Docker calls them in daemon.json, and in its environment. */
const NAMES = [
  ['http-proxy', 'HTTP_PROXY'],
  ['https-proxy', 'HTTPS_PROXY'],
  ['no-proxy', 'NO_PROXY'],
] as const;
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY'];

/** By name: `HTTP_PROXY`. */
export type ProxyVariables = ReadonlyMap<string, string>;

/** @returns undefined where no proxy is configured */
export const proxyVariables = (
  options: Readonly<Record<string, Json>>,
  noProxy: readonly string[],
): ProxyVariables | undefined => {
  const wanted = wantedProxies(options, noProxy) ?? {};
  const variables = new Map(
    NAMES.flatMap(([key, name]): [string, string][] => (wanted[key] ? [[name, wanted[key]]] : [])),
  );
  return PROXIES.some((name) => variables.has(name)) ? variables : undefined;
};

/** @param environment `NAME=value`, of a process */
export const hasProxies = (environment: readonly string[]): boolean =>
  environment.some((assignment) => /^https?_proxy=./i.test(assignment));

/** Whether a process has these proxies. What they are not asked for does not count: nobody restarts Docker for it. */
export const isProxiedBy = (environment: readonly string[], variables: ProxyVariables): boolean =>
  PROXIES.every((name) => {
    const value = environment.find((assignment) => assignment.startsWith(`${name}=`))?.slice(name.length + 1);
    return (value ?? '') === (variables.get(name) ?? '');
  });

/** A drop-in of a systemd unit (systemd.unit(5)). @param root the host's root folder */
export const dropInPath = (root: string, unit: string): string =>
  join(root, 'etc/systemd/system', `${unit}.d`, '90-bootlet-proxies.conf');

/** In double quotes (systemd.syntax(7)), where `%` begins a specifier; bytes that are not printable ASCII are written as `\xNN`. */
const quoted = (text: string): string => {
  const bytes = Buffer.from(text)
    .toString('latin1')
    .replace(/["\\]/g, '\\$&')
    .replaceAll('%', '%%')
    .replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${bytes}"`;
};

/** systemd.exec(5), Environment=. */
export const dropInText = (variables: ProxyVariables): string =>
  [
    '# Of bootlet, which writes it again when it is changed: see network.docker.options of its configuration. Goes with bootlet reset.',
    '[Service]',
    ...[...variables].map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    '',
  ].join('\n');

/** Without names and passwords: all before the last `@` of a line, but for the variable's name and the scheme. */
export const shownDropIn = (text: string | undefined): string | undefined =>
  text?.replace(/^(\s*Environment="?\w+=(?:\w+:\/\/)?|).*@/gm, '$1xxxxx@').trimEnd();
