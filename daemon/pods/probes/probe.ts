/** What one attempt of a probe found. `warning` is a success worth an event, as the kubelet's ProbeWarning. */
export interface ProbeAttempt {
  readonly outcome: 'success' | 'failure' | 'warning';
  readonly message: string;
}

export const success = (message = ''): ProbeAttempt => ({ outcome: 'success', message });
export const failure = (message: string): ProbeAttempt => ({ outcome: 'failure', message });
