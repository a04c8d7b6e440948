import { positionsIn } from './decode/text.ts';
import { type Node, offsetOf } from './decode/tree.ts';
import type { Field } from './field.ts';
import type { IssueCode, ManifestIssue, TextFault } from './issue.ts';
import { suggest } from './suggest.ts';

/** More faults than anyone reads; the rest is only counted. */
const maxIssues = 200;
/** Of a field path or a message that repeats what a file of megabytes says. */
const maxLength = 2000;

interface Extra {
  /** An offset, where it is known better than from the field path. */
  readonly at?: number;
  readonly hint?: string;
}

/** Collects the faults of one manifest and gives each its place in the text. The methods below are Kubernetes' kinds of fault. */
export class Issues {
  readonly #found: ManifestIssue[] = [];
  readonly #root: Node;
  readonly #positionOf: ReturnType<typeof positionsIn>;
  #dropped = 0;
  #typeFaults = 0;

  constructor(text: string, root: Node = { kind: 'null', at: 0 }) {
    this.#root = root;
    this.#positionOf = positionsIn(text);
  }

  get count(): number {
    return this.#found.length + this.#dropped;
  }

  /** Whether what was decoded has holes: then no rule can be checked without misleading its reader. */
  get hasTypeFaults(): boolean {
    return this.#typeFaults > 0;
  }

  /** Causes first: a misspelt name is why a field is missing, and a refused volume why its mount finds none; else in the order of the text. */
  list(): ManifestIssue[] {
    const sorted = this.#found.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
    if (this.#dropped === 0) return sorted;
    const message = `there are ${this.#dropped} more faults, which are not listed`;
    return [...sorted, { field: '', line: 1, column: 1, code: 'E_MANIFEST_INVALID', message }];
  }

  /** A did-you-mean; none for a fault that is only counted, since it costs more than all else. */
  suggest(name: string, known: readonly string[]): { hint?: string } {
    return this.#found.length < maxIssues ? suggest(name, known) : {};
  }

  add(code: IssueCode, field: Field, message: string, extra: Extra = {}): void {
    const place = this.#positionOf(extra.at ?? offsetOf(this.#root, field));
    this.#push({
      field: String(field),
      ...place,
      code,
      message,
      ...(extra.hint === undefined ? {} : { hint: extra.hint }),
    });
  }

  addFault(fault: TextFault): void {
    const place = this.#positionOf(fault.offset);
    const hint = fault.hint === undefined ? {} : { hint: fault.hint };
    this.#push({ field: '', ...place, code: fault.code ?? 'E_MANIFEST_SYNTAX', message: fault.message, ...hint });
  }

  required(field: Field, message = 'must be given'): void {
    this.add('E_FIELD_REQUIRED', field, message);
  }

  invalid(field: Field, value: unknown, message: string): void {
    this.add('E_FIELD_INVALID', field, `${show(value)} ${message}`);
  }

  /** Kubernetes' "unsupported value": not one of the values that the field knows. */
  notOneOf(field: Field, value: string | undefined, known: readonly string[]): void {
    const hint = this.suggest(value ?? '', known);
    this.add('E_FIELD_INVALID', field, `${show(value ?? '')} is none of ${known.map(show).join(', ')}`, hint);
  }

  /** One of the known values must be there; where it is empty, Kubernetes calls it missing. */
  choice(field: Field, value: string | undefined, known: readonly string[]): void {
    if (!value) this.required(field, `must be one of ${known.map(show).join(', ')}`);
    else if (!known.includes(value)) this.notOneOf(field, value, known);
  }

  forbidden(field: Field, message: string): void {
    this.add('E_FIELD_FORBIDDEN', field, message);
  }

  duplicate(field: Field, value: unknown): void {
    this.add('E_FIELD_DUPLICATE', field, `${show(value)} is already taken`);
  }

  notFound(field: Field, value: string, what: string, known: readonly string[] = []): void {
    this.add('E_FIELD_NOT_FOUND', field, `there is no ${what} ${show(value)}`, this.suggest(value, known));
  }

  wrongType(field: Field, wanted: string, found: Node): undefined {
    this.add('E_FIELD_TYPE', field, `must be ${wanted}, not ${describe(found)}`, {
      at: found.at,
      ...quoteHint(wanted, found),
    });
    return undefined;
  }

  /** Reports the reason why a value has the wrong form; a check returns undefined for a good one. */
  form(field: Field, value: string, check: (value: string) => string | undefined): void {
    const reason = check(value);
    if (reason !== undefined) this.invalid(field, value, reason);
  }

  #push(issue: ManifestIssue): void {
    if (issue.code === 'E_FIELD_TYPE') this.#typeFaults += 1;
    const { field, message } = issue;
    if (this.#found.length < maxIssues) this.#found.push({ ...issue, field: cut(field), message: cut(message) });
    else this.#dropped += 1;
  }
}

const cut = (text: string): string => (text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);

const rank = ({ code }: ManifestIssue): number => {
  if (code === 'E_FIELD_UNKNOWN') return 0;
  return code === 'E_FIELD_NOT_FOUND' ? 2 : 1;
};

const show = (value: unknown): string => {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? 'nothing');
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

const describe = (node: Node): string => {
  switch (node.kind) {
    case 'string':
      return `the string ${show(node.value)}`;
    case 'number':
      return `the number ${node.text}`;
    case 'boolean':
      return `the boolean ${node.value}`;
    case 'null':
      return 'null';
    default:
      return `a ${node.kind}`;
  }
};

const quoteHint = (wanted: string, found: Node): { hint?: string } =>
  wanted === 'a string' && (found.kind === 'number' || found.kind === 'boolean') ? { hint: 'put it in quotes' } : {};
