import { type ManifestResult, readManifest } from '../../../../daemon/pods/manifest/read.ts';

/** A manifest whose main container has these further lines, indented as they are given. */
export const aManifest = ({ spec = '', container = '' } = {}): string => `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: main
    image: registry.example/web:1
${container}${spec}`;

export const read = (text: string | Uint8Array, nodeName = 'node1'): ManifestResult =>
  readManifest(typeof text === 'string' ? Buffer.from(text) : text, { nodeName });

/** `FIELD@LINE:COLUMN CODE` of every fault; empty if the manifest is good. */
export const faultsOf = (text: string | Uint8Array): string[] => {
  const result = read(text);
  return result.ok ? [] : result.errors.map(({ field, line, column, code }) => `${field}@${line}:${column} ${code}`);
};
