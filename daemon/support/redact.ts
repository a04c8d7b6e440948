interface Rule {
  readonly kind: string;
  readonly pattern: RegExp;
  /** What stands in place of a match whose first group is `start`; the match itself where nothing in it is secret. */
  readonly hide: (mark: string, found: string, start: string) => string;
}

const all: Rule['hide'] = (mark) => mark;
/** All but the group that the pattern begins with. */
const rest: Rule['hide'] = (mark, _, start) => `${start}${mark}`;

/**
 * All up to the last `@`, since people forget to escape one in a password, but for that of an image's digest; and a query;
 * both where either may be the other.
 */
const secretsOfUrl: Rule['hide'] = (mark, found, start) => {
  const at = (/^.*@(?!sha(?:256|512):)/.exec(found)?.[0].length ?? 0) - 1;
  const query = found.indexOf('?');
  const open = found.slice(at + 1, query === -1 ? undefined : query);
  if (at === -1) return query === -1 ? found : `${open}?${mark}`;
  if (query !== -1 && query < at) return `${start}${mark}`;
  return `${start}${mark}@${open}${query === -1 ? '' : `?${mark}`}`;
};

/** RFC 7519: three parts. */
const tokenOfThree: Rule['hide'] = (mark, found) => (found.split('.').length < 3 ? found : mark);

/** Words that name a secret, in keys of files, options of programs and environment variables. */
const NAMES =
  'passw(?:or)?d|passphrase|pass(?![\\w.-])|[_-]pwd(?![\\w.-])|token|secret|credential|api[-_]?key|access[-_]?key|private[-_]?key|key-data';
/** Such a name, unless it names where a secret lies. */
const NAME = `(?:${NAMES})[\\w.-]{0,64}(?<!file|path|name)`;
/** What stands between an option and its value where they are apart: on a line, in a list of JSON or in one of YAML. */
const APART = `(?:\\s{1,64}(?:-\\s{1,8})?|\\\\*["']\\s{0,64},\\s{0,64})`;
/** A name, and what stands between it and its value; in quoted JSON too. */
const NAMED = `(?:${NAME}\\\\*["']?\\s{0,8}[:=]\\s{0,8}|(?<![\\w-])--?[\\w.-]{0,64}?${NAME}${APART})`;
const PEM = '(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----';

/**
 * One after the other, what has a frame before what may be part of it. All are bounded: no text makes them slow. Whatever
 * is taken in doubt is taken: a colleague can ask for a word that is missing, and nobody can take a secret back.
 */
const RULES: readonly Rule[] = [
  // What dockerd was asked, environment and arguments of containers, where it debugs: api/server/middleware/debug.go of
  // moby, where it is the message or, of late, a field of it. To the end of the line: a little more in doubt.
  { kind: 'request-body', pattern: /form(?: data: |-data(?:=|\\*"\s{0,8}:))[^\n]*/g, hide: all },
  // One that was cut at either end is taken up to there.
  { kind: 'private-key', pattern: new RegExp(`-----BEGIN ${PEM}[^]*?(?:-----END ${PEM}|$)`, 'g'), hide: all },
  { kind: 'private-key', pattern: new RegExp(`^(?:(?!-----BEGIN)[^])*?-----END ${PEM}`, 'g'), hide: all },
  // The same in base64, as kubeconfigs have it.
  { kind: 'pem', pattern: /LS0tLS1CRUdJTi[A-Za-z0-9+/=]+/g, hide: all },
  // Also without a scheme, as addresses of proxies are written; of marks so far the colon begins none.
  { kind: 'url', pattern: /(?<!\[redacted)(:(?:\/\/)?)[^\s"]+/g, hide: secretsOfUrl },
  {
    kind: 'authorization',
    pattern: /(authorization\\*["']?\s{0,8}[:=]\s{0,8}\\*["']?)[^"'\\\r\n]+/gi,
    hide: rest,
  },
  { kind: 'bearer', pattern: /(bearer\s{1,8})[^\s"'\\]+/gi, hide: rest },
  {
    kind: 'named',
    pattern: new RegExp(`(${NAMED}(\\\\*["']))(?:(?!\\2)(?:\\\\.|[^\\\\\\r\\n]))+`, 'gi'),
    hide: rest,
  },
  {
    kind: 'named',
    pattern: new RegExp(`(${NAMED})(?!(?:true|false|null|\\[redacted:[\\w-]+\\])(?![^\\s,}]))[^\\s"'\\\\]+`, 'gi'),
    hide: rest,
  },
  // A manifest's complaint of what should have been quoted, the value of an environment variable for one.
  { kind: 'manifest-value', pattern: /(must be a string, not the \w+ )[^\s;"]+/g, hide: rest },
  { kind: 'jwt', pattern: /eyJ[\w.-]+/g, hide: tokenOfThree },
  { kind: 'bootstrap-token', pattern: /[a-z0-9]{6}\.[a-z0-9]{16}/g, hide: all },
];

export interface Redacted {
  readonly text: string;
  /** How many were taken, by kind. */
  readonly taken: Readonly<Record<string, number>>;
}

/**
 * Puts a mark, `[redacted:KIND]`, in place of everything in a text that may be a secret: private keys, tokens, passwords,
 * what proves who asks (RFC 9110, section 11.6.2).
 * @param own secrets of this host, taken wherever they stand
 */
export const redact = (text: string, own: readonly string[] = []): Redacted => {
  const taken: Record<string, number> = {};
  const markOf = (kind: string): string => {
    taken[kind] = (taken[kind] ?? 0) + 1;
    return `[redacted:${kind}]`;
  };
  let left = text;
  // The longest first: one may be a part of another.
  for (const secret of own.toSorted((a, b) => b.length - a.length)) left = left.replaceAll(secret, () => markOf('own'));
  for (const { kind, pattern, hide } of RULES) {
    left = left.replace(pattern, (found: string, start: unknown) => {
      const hidden = hide(`[redacted:${kind}]`, found, typeof start === 'string' ? start : '');
      if (hidden !== found) markOf(kind);
      return hidden;
    });
  }
  return { text: left, taken };
};
