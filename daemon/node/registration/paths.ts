export const NODES = '/api/v1/nodes';

export const nodePath = (name: string): string => `${NODES}/${encodeURIComponent(name)}`;

/** Of a PATCH by which lists are merged by their keys. */
export const STRATEGIC_MERGE = 'application/strategic-merge-patch+json';
