import type { EventInput } from '../../reconcile/events.ts';
import { describeIssue } from '../manifest/describe-issue.ts';
import type { ManifestFolder, ManifestStatus } from '../resources.ts';

/** One thing to say, as an event and as a log line. */
export interface Remark {
  readonly event: EventInput;
  readonly level: 'info' | 'warn';
  readonly fields: Readonly<Record<string, string>>;
  readonly text: string;
}

const remark = (kind: string, path: string, reason: string, message: string, pod?: string): Remark => {
  const normal = reason === 'ManifestAdopted' || reason === 'ManifestRemoved' || reason === 'ManifestFolderPresent';
  return {
    event: { type: normal ? 'Normal' : 'Warning', reason, message, subject: { kind, name: path } },
    level: normal ? 'info' : 'warn',
    fields: { path, reason, message, ...(pod === undefined ? {} : { pod }) },
    text: kind === 'Manifest' ? 'manifest' : 'manifest folder',
  };
};

const REASONS = { invalid: 'ManifestInvalid', refused: 'ManifestRefused', conflict: 'ManifestConflict' } as const;

const newIssues = (before: ManifestStatus, after: ManifestStatus): ManifestStatus['issues'] => {
  const said = new Set(before.issues.map((issue) => describeIssue(before.path, issue)));
  return after.issues.filter((issue) => !said.has(describeIssue(after.path, issue)));
};

/** What a change of a manifest's status is worth saying; nothing when nothing changed. */
export const remarksOnManifest = (
  before: ManifestStatus | undefined,
  after: ManifestStatus | undefined,
  /** Its pod ran before already, as it is. */
  known: boolean,
): readonly Remark[] => {
  if (after === undefined) {
    if (before === undefined || before.state === 'ignored') return [];
    return [remark('Manifest', before.path, 'ManifestRemoved', `${before.path} was removed`, before.pod)];
  }
  if (after.state === 'ignored') return [];
  if (after.state === 'active') {
    const warnings = before?.state === 'active' ? newIssues(before, after) : after.issues;
    const said = warnings.map((w) =>
      remark('Manifest', after.path, 'ManifestWarning', describeIssue(after.path, w), after.pod),
    );
    if (after.lastGood || (known && (before === undefined || before.state === 'active'))) return said;
    return [
      remark('Manifest', after.path, 'ManifestAdopted', `${after.path} gives ${after.pod ?? 'a pod'}`, after.pod),
      ...said,
    ];
  }
  if (before?.state === after.state && before.message === after.message) return [];
  return [remark('Manifest', after.path, REASONS[after.state], after.message, after.pod)];
};

const FOLDER_REASONS = {
  vanished: 'ManifestFolderVanished',
  untrusted: 'ManifestFolderUntrusted',
  overfull: 'ManifestFolderOverfull',
} as const;

/** What a change of the folder's state is worth saying. */
export const remarksOnFolder = (folder: ManifestFolder, first: boolean): readonly Remark[] => {
  if (folder.state !== 'present' && folder.state !== 'unread') {
    const reason = FOLDER_REASONS[folder.state];
    return [remark('ManifestFolder', folder.path, reason, `${folder.message}; all pods go on as they were`)];
  }
  if (first) return [];
  return [
    remark('ManifestFolder', folder.path, 'ManifestFolderPresent', `${folder.path} is there and is the truth again`),
  ];
};
