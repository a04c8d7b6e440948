import { clusterInconsistencies } from './cluster-consistency.ts';
import { type ConfigIssue, issueAt } from './issue.ts';
import { networkInconsistencies } from './network-consistency.ts';
import { nodeInconsistencies } from './node-consistency.ts';
import type { Config } from './schema.ts';
import { shownUrl } from './shown-url.ts';
import { placeOf, type Tree } from './tree.ts';

const collectingUpwards = ({ lowPercent, highPercent }: Config['pods']['imageGC'], tree: Tree): ConfigIssue[] => {
  if (lowPercent <= highPercent) return [];
  const message = `must not be above highPercent, which is ${highPercent}`;
  return [issueAt(placeOf(tree, ['pods', 'imageGC', 'lowPercent']), 'pods.imageGC.lowPercent', message)];
};

/** Their pods would be told apart by nothing: an address is known by what is shown of it. */
const sharedAddresses = (sources: Config['pods']['http'], tree: Tree): ConfigIssue[] => {
  const shown = sources.map(({ url }) => shownUrl(url));
  return shown.flatMap((address, index) => {
    const first = shown.indexOf(address);
    if (address === '' || first === index) return [];
    const message = `is the address of pods.http[${first}] again; a query does not tell two apart`;
    return [issueAt(placeOf(tree, ['pods', 'http']), `pods.http[${index}].url`, message)];
  });
};

/** What is wrong with settings that are right each by itself. */
export const inconsistenciesIn = (config: Config, tree: Tree): readonly ConfigIssue[] => [
  ...collectingUpwards(config.pods.imageGC, tree),
  ...sharedAddresses(config.pods.http, tree),
  ...networkInconsistencies(config, tree),
  ...clusterInconsistencies(config, tree),
  ...nodeInconsistencies(config, tree),
];
