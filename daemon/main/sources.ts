import { join } from 'node:path';
import { assignmentController } from '../pods/assign/controller.ts';
import { Ledger } from '../pods/assign/ledger.ts';
import { readManifest } from '../pods/manifest/read.ts';
import { folderOwnerType, httpManifestsType, manifestFileType, manifestFolderType } from '../pods/resources.ts';
import { FileSource } from '../pods/source/file-source.ts';
import { FolderMemory } from '../pods/source/folder-memory.ts';
import { FolderOwnerWatch } from '../pods/source/folder-owner.ts';
import { HttpSource } from '../pods/source/http-source.ts';
import type { Foundation } from './foundation.ts';

/** Where pods come from: the manifest folder, who else reads it, and which file gives which pod. */
export const buildSources = async ({ config, store, events, engine, clock, log }: Foundation) => {
  const { paths, nodeName } = config;
  const read = (bytes: Uint8Array, source: string) =>
    readManifest(bytes, { nodeName, source: source.startsWith('/') ? 'file' : 'http' });
  const ledger = new Ledger(join(paths.state, 'manifests'), read);
  const remembered = await ledger.load((error) =>
    log.warn({ error: error.message, hint: error.hint }, 'a remembered manifest is left out'),
  );
  engine.add(assignmentController({ folder: paths.manifests, ledger, remembered, events, log }));
  const owners = new FolderOwnerWatch({
    folder: paths.manifests,
    host: { proc: '/proc', root: '/' },
    clock,
    owners: store.claim(folderOwnerType, 'owner-watch'),
    events,
    log,
  });
  const source = new FileSource({
    folder: paths.manifests,
    read,
    clock,
    memory: new FolderMemory(join(paths.state, 'folder.json')),
    files: store.claim(manifestFileType, 'file-source'),
    folders: store.claim(manifestFolderType, 'file-source'),
    log,
  });
  const sources = store.claim(httpManifestsType, 'http-source');
  const http = config.pods.http.map((target) => new HttpSource({ ...target, read, clock, sources, events, log }));
  return { owners, source, http };
};
