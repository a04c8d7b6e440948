import ipaddr from 'ipaddr.js';
import { parseCidr, showCidr } from '../ip/cidr.ts';

/**
 * The words of a rule as `iptables -S` prints it and `iptables-restore` reads it: separated by spaces, quoted with `"`
 * where a word has one, `\` before a quote or backslash inside.
 */
export const wordsOf = (rule: string): readonly string[] =>
  [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"]+)/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1'),
  );

const SAFE_WORD = /^[\w.,:/=+@%!-]+$/;

/** One word of a rule, quoted where it must be. */
export const quoted = (word: string): string =>
  SAFE_WORD.test(word) ? word : `"${word.replaceAll(/["\\]/g, '\\$&')}"`;

/** Of xt_comment, without the byte that ends it (XT_MAX_COMMENT_LEN). */
const LONGEST_COMMENT = 255;

/** The match by which a rule of bootlet's says what it is for. */
export const comment = (text: string): string =>
  `-m comment --comment ${quoted(`bootlet: ${text}`.slice(0, LONGEST_COMMENT))}`;

/** Where a rule sends the packets that it matches: a chain or a target such as ACCEPT. */
export const targetOf = (rule: string): string | undefined => {
  const words = wordsOf(rule);
  return words[words.findIndex((word) => word === '-j' || word === '-g') + 1 || words.length];
};

/** The network of `10.1.2.3/8`, `10.1.2.3/255.0.0.0` or `fd00::1`, as the kernel stores it; anything else as it is. */
const networkOf = (word: string): string => {
  const [address = '', mask = ''] = word.split('/');
  const length = ipaddr.IPv4.isValidFourPartDecimal(mask) ? ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask() : null;
  const cidr = parseCidr(length === null ? word : `${address}/${length}`);
  return cidr === undefined ? word : showCidr(cidr);
};

/** Options that stand before the matches, in the order in which `-S` prints them. */
const HEADER = ['-s', '-d', '-i', '-o', '-p', '-f'];
const LONG_NAMES: Readonly<Record<string, string>> = {
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--protocol': '-p',
  '--fragment': '-f',
  '--match': '-m',
  '--jump': '-j',
  '--goto': '-g',
};
const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '132': 'sctp', icmpv6: 'ipv6-icmp' };

interface Part {
  /** Where it stands in the canonical text. */
  readonly rank: number;
  readonly option: string;
  readonly words: string[];
}

const RANKS = [...HEADER, '-m', '-j', '-g'];
/** What `-S` leaves out. */
const EVERYTHING = /^-[sd] (?:0\.0\.0\.0|::)\/0$/;

const valueIn = (option: string, word: string): string => {
  if (option === '-s' || option === '-d') return networkOf(word);
  return (option === '-p' ? PROTOCOLS[word] : undefined) ?? word;
};

/**
 * The same text for rules that mean the same: networks masked, and options in one order. So what was asked for can be
 * compared with what `-S` prints, whichever version prints it. Matches are a conjunction: their order is of no account.
 */
export const canonical = (rule: string): string => {
  const parts: Part[] = [];
  let negation: readonly string[] = [];
  for (const written of wordsOf(rule)) {
    const word = LONG_NAMES[written] ?? written;
    if (word === '!') {
      negation = ['!'];
      continue;
    }
    const rank = RANKS.indexOf(word);
    const last = parts.at(-1);
    if (rank >= 0 || last === undefined) parts.push({ rank, option: word, words: [...negation, word] });
    else last.words.push(...negation, valueIn(last.option, word));
    negation = [];
  }
  return parts
    .map(({ rank, words }) => ({ rank, text: words.map(quoted).join(' ') }))
    .filter(({ text }) => !EVERYTHING.test(text))
    .toSorted((a, b) => a.rank - b.rank || a.text.localeCompare(b.text))
    .map(({ text }) => text)
    .join(' ');
};
