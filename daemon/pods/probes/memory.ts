import { PodRecords } from '../record/pod-records.ts';

/**
 * The verdicts that outlive a daemon: that a container has started, and whether it is ready. Without them every restart
 * of bootlet would make pods unready for a moment, and ask a startup probe anew of what started long ago. By
 * `CONTAINER-ID/KIND`. A verdict is shown before it is noted: a cut in between costs one more attempt.
 */
export type ProbeMemory = PodRecords<{ readonly result: 'success' | 'failure' }>;

/** @param state the state folder */
export const probeMemory = (state: string): ProbeMemory =>
  new PodRecords({
    state,
    file: (files) => files.probes,
    parse: ({ result }) => (result === 'success' || result === 'failure' ? { result } : undefined),
    withoutIt: 'containers count as unready until they are probed again',
  });
