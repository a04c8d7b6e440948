import { isDeepStrictEqual } from 'node:util';
import { type ConfigIssue, issueAt } from './issue.ts';
import { type Config, schema } from './schema.ts';
import { placeOf, type Tree } from './tree.ts';

/** Settings that this version does not carry out yet: anything but their default is refused, never ignored in silence. */
const unsupported: readonly (readonly [field: string, of: (config: Config) => unknown])[] = [
  ['mode', (c) => c.mode],
  ['pods.maxPods', (c) => c.pods.maxPods],
  ['pods.http', (c) => c.pods.http],
  ['pods.allowedUnsafeSysctls', (c) => c.pods.allowedUnsafeSysctls],
  ['pods.eviction', (c) => c.pods.eviction],
  ['pods.imageGC', (c) => c.pods.imageGC],
  ['network.manage', (c) => c.network.manage],
  ['network.routes', (c) => c.network.routes],
  ['cluster.servers', (c) => c.cluster.servers],
  ['node.reserved', (c) => c.node.reserved],
  ['node.evictionHard', (c) => c.node.evictionHard],
];

export const unsupportedIn = (config: Config, tree: Tree): readonly ConfigIssue[] =>
  unsupported
    .filter(([, settingOf]) => !isDeepStrictEqual(settingOf(config), settingOf(schema.fallback)))
    .map(([field, settingOf]) => {
      const message = `not carried out by this version yet; leave it at ${JSON.stringify(settingOf(schema.fallback))}`;
      return issueAt(placeOf(tree, field.split('.')), field, message, 'E_CONFIG_UNSUPPORTED');
    });
