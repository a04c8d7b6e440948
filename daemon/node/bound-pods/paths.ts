const NAMESPACES = '/api/v1/namespaces';

/** Path of the objects of a namespace: `pods`, `events`. */
export const collectionPath = (namespace: string, resource: string): string =>
  `${NAMESPACES}/${encodeURIComponent(namespace)}/${resource}`;

export const podPath = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${collectionPath(namespace, 'pods')}/${encodeURIComponent(name)}`;
