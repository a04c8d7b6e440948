/** As metav1.Time is written: RFC 3339 in whole seconds, UTC. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** As metav1.MicroTime is written, which is read in no other form. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace(/Z$/, '000Z');
