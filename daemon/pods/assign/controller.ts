import type { Logger } from 'pino';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import {
  httpManifestsType,
  manifestFileType,
  manifestFolderType,
  manifestStatusType,
  podKey,
  podSpecType,
  sourcesReadyType,
} from '../resources.ts';
import { type Assignment, assign, type LastGood } from './assign.ts';
import type { Ledger } from './ledger.ts';
import { type Remark, remarksOnFolder, remarksOnManifest } from './remarks.ts';
import { standing } from './standing.ts';

export interface AssignmentOptions {
  /** Path of the manifest folder. */
  readonly folder: string;
  readonly ledger: Ledger;
  /** What the ledger held at start. */
  readonly remembered: ReadonlyMap<string, LastGood>;
  readonly events: EventRing;
  readonly log: Logger;
}

const ALL = ['folder'];

/**
 * Gives pods to files, and remembers which.
 *
 * Specs are put before the ledger is written, so that no pod waits for a disk. Invariant: no decision is taken before
 * the one before it is on disk, hence the ledger is at most one decision behind. A crash in between costs at most
 * this: a file that was edited twice within that moment, well and then badly, falls back on the content before both.
 * While a write fails the engine retries; decisions then go on from memory.
 */
export const assignmentController = (options: AssignmentOptions): Controller => {
  const { folder: path, ledger, events, log } = options;
  let remembered = options.remembered;
  let folderBefore = '';

  const remark = (remarks: readonly Remark[]): void => {
    for (const { event, level, fields, text } of remarks) {
      events.report(event);
      log[level](fields, text);
    }
  };

  const publish = (context: Context, { specs, statuses, remember }: Assignment): void => {
    for (const status of statuses) {
      const before = context.store.get(manifestStatusType, status.path);
      const known = remembered.get(status.path)?.pod.uid === remember.get(status.path)?.pod.uid;
      remark(remarksOnManifest(before, status, known));
      context.put(manifestStatusType, status.path, status);
    }
    const paths = new Set(statuses.map((status) => status.path));
    for (const { id, value } of context.store.list(manifestStatusType)) {
      if (paths.has(id)) continue;
      remark(remarksOnManifest(value, undefined, false));
      context.remove(manifestStatusType, id);
    }
    const pods = new Map(specs.map((spec) => [podKey(spec), spec]));
    for (const { id } of context.store.list(podSpecType)) if (!pods.has(id)) context.remove(podSpecType, id);
    for (const [id, spec] of pods) context.put(podSpecType, id, spec);
  };

  return {
    name: 'assignment',
    inputs: [
      input(manifestFileType, () => ALL),
      input(manifestFolderType, () => ALL),
      input(httpManifestsType, () => ALL),
    ],
    outputs: [podSpecType, manifestStatusType, sourcesReadyType],
    async reconcile(_key, context): Promise<Outcome> {
      const folder = context.store.get(manifestFolderType, path);
      if (folder === undefined || folder.state === 'unread')
        return { kind: 'wait', for: `${path} to be read for the first time` };
      if (folder.state !== folderBefore) remark(remarksOnFolder(folder, folderBefore === ''));
      folderBefore = folder.state;
      const sources = context.store.list(httpManifestsType).map((resource) => resource.value);
      const files = context.store.list(manifestFileType).map((resource) => resource.value);
      const all = [...files, ...sources.flatMap((source) => source.files)];
      const assignment = assign(all, standing(folder, sources), remembered);
      publish(context, assignment);
      context.put(sourcesReadyType, path, { pods: assignment.specs.length });
      remembered = assignment.remember;
      await ledger.save(remembered);
      return done;
    },
  };
};
