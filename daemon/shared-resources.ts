import { resourceType } from './reconcile/resource.ts';

/**
 * Resources by which network/, pods/ and node/ meet, none of which imports another. What only one of them knows of is
 * declared there.
 */

/** The labels that placement goes by. Id: the node's name. Writer: the node labels. */
export const nodeLabelsType = resourceType<Readonly<Record<string, string>>>('NodeLabels');
