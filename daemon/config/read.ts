import { inconsistenciesIn } from './consistency.ts';
import { type ConfigIssue, issueAt } from './issue.ts';
import { parseConfig } from './parse.ts';
import { type Config, schema } from './schema.ts';
import { emptyTree, merge } from './tree.ts';
import { unsupportedIn } from './unsupported.ts';

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

export interface ConfigResult {
  /** Complete, with defaults in place of what is faulty: of use only when there are no issues. */
  readonly config: Config;
  readonly issues: readonly ConfigIssue[];
}

/** The configuration that files make together, later ones laid over earlier ones, and everything that is wrong with it. */
export const readConfig = (files: readonly ConfigFile[], hostname: string): ConfigResult => {
  const parsed = files.map(({ path, text }) => parseConfig(text, path));
  const issues = parsed.flatMap((p) => p.issues);
  const tree = parsed.map((p) => p.tree).reduce(merge, emptyTree);
  const written = schema.read(tree, '', (at, field, message) => issues.push(issueAt(at, field, message)));
  issues.push(...unsupportedIn(written, tree), ...inconsistenciesIn(written, tree));
  const config = { ...written, nodeName: written.nodeName === '' ? hostname.toLowerCase() : written.nodeName };
  const order = files.map(({ path }) => path);
  issues.sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.column - b.column);
  return { config, issues };
};
