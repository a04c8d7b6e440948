import { BootletError } from '../errors.ts';

export type Labels = Readonly<Record<string, string>>;
type Test = (value: string | undefined) => boolean;

const KEY = '[A-Za-z0-9][A-Za-z0-9._/-]*';
const EQUALITY = new RegExp(`^(${KEY})\\s*(==?|!=)\\s*([^=!(),\\s]*)$`);
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

const malformed = (term: string): BootletError =>
  new BootletError('E_USAGE', `unable to parse the selector at "${term}"`, {
    hint: 'selectors look like app=web,tier!=db or, for labels, tier in (a,b),!canary',
    retryable: false,
  });

/** Terms are separated by commas, but for those between parentheses. */
const termsOf = (selector: string): readonly string[] =>
  selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');

const equality = (term: string): { key: string; test: Test } | undefined => {
  const [, key, operator, wanted] = EQUALITY.exec(term) ?? [];
  if (key === undefined) return undefined;
  return { key, test: operator === '!=' ? (value) => value !== wanted : (value) => value === wanted };
};

const labelTerm = (term: string): { key: string; test: Test } => {
  const equal = equality(term);
  if (equal !== undefined) return equal;
  const [, key, operator, list = ''] = SET.exec(term) ?? [];
  if (key !== undefined) {
    const values = new Set<string | undefined>(list.split(',').map((value) => value.trim()));
    return { key, test: operator === 'in' ? (value) => values.has(value) : (value) => !values.has(value) };
  }
  const [, not, name] = EXISTENCE.exec(term) ?? [];
  if (name === undefined) throw malformed(term);
  return { key: name, test: (value) => (value === undefined) === (not === '!') };
};

/**
 * Kubernetes' label selectors: equality (`=`, `==`, `!=`), sets (`in`, `notin`) and existence (`key`, `!key`).
 * @throws BootletError E_USAGE
 */
export const labelSelector = (selector: string): ((labels: Labels) => boolean) => {
  const terms = termsOf(selector).map(labelTerm);
  return (labels) => terms.every(({ key, test }) => test(Object.hasOwn(labels, key) ? labels[key] : undefined));
};

/**
 * Kubernetes' field selectors on the fields that a collection offers.
 * @throws BootletError E_USAGE
 */
export const fieldSelector = <T>(
  selector: string,
  fields: Readonly<Record<string, (object: T) => string>>,
): ((object: T) => boolean) => {
  const terms = termsOf(selector).map((term) => {
    const parsed = equality(term);
    if (parsed === undefined) throw malformed(term);
    const read = Object.hasOwn(fields, parsed.key) ? fields[parsed.key] : undefined;
    if (read !== undefined) return (object: T): boolean => parsed.test(read(object));
    const hint = `supported: ${Object.keys(fields).join(', ')}`;
    throw new BootletError('E_USAGE', `field label not supported: ${parsed.key}`, { hint, retryable: false });
  });
  return (object) => terms.every((test) => test(object));
};
