/**
 * What one attempt of a probe found. `warning` is a success worth an event, as the kubelet's ProbeWarning; `error` says
 * nothing about the container, and nothing comes of it but an event.
 */
export interface ProbeAttempt {
  readonly outcome: 'success' | 'failure' | 'warning' | 'error';
  readonly message: string;
}

export const success = (message = ''): ProbeAttempt => ({ outcome: 'success', message });
export const failure = (message: string): ProbeAttempt => ({ outcome: 'failure', message });
export const errored = (message: string): ProbeAttempt => ({ outcome: 'error', message });
