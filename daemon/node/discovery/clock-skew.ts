import { BootletError } from '../../errors.ts';

/**
 * Kubernetes makes its certificates valid from five minutes back (kubeadm's CertificateBackdate, the signer's Backdate): with
 * a clock that is further off, a new one is not valid here, or not there.
 */
const MOST_MS = 5 * 60_000;

/**
 * How far the clock of a server is ahead of this host's, by the Date of its answer, to about a second.
 * @returns ms; undefined when it does not say
 */
export const skewOf = (date: string | undefined, sentAt: number, receivedAt: number): number | undefined => {
  const there = Date.parse(date ?? '');
  // A Date is cut to seconds.
  return Number.isNaN(there) ? undefined : there + 500 - (sentAt + receivedAt) / 2;
};

const words = (ms: number): string => {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
};

/** @throws BootletError E_CLOCK_SKEW when the clocks are more than five minutes apart */
export const checkSkew = (server: string, skew: number | undefined, now: number): void => {
  if (skew === undefined || Math.abs(skew) <= MOST_MS) return;
  const [here, there] = [now, now + skew].map((time) => `${new Date(time).toISOString().slice(0, 19)}Z`);
  const side = skew > 0 ? 'behind' : 'ahead of';
  throw new BootletError(
    'E_CLOCK_SKEW',
    `the clock of this host is ${words(Math.abs(skew))} ${side} that of ${server}: ${here} here, ${there} there`,
    { hint: 'Certificates and tokens are valid by the clock: let it be set, `timedatectl set-ntp true`.' },
  );
};
