import { type HeldCertificate, rotationTime } from './certificate.ts';
import { nodeUser } from './signing-request.ts';

export interface PlanInput {
  readonly nodeName: string;
  /** The one on disk; a fault of it, or undefined where there is none. */
  readonly certificate: HeldCertificate | Error | undefined;
  /** False: the cluster said 401 to it: its authority is no longer, or not yet again, one of the cluster's. */
  readonly isTaken: boolean | undefined;
  /** Fingerprint of one that is to be replaced although it is good. */
  readonly unwanted?: string | undefined;
  /** ms since the epoch */
  readonly now: number;
}

/** What is to be done about the node's own certificate. */
export type CredentialsPlan =
  | { readonly do: 'use'; readonly certificate: HeldCertificate; readonly rotateAt: number }
  /** It is good, and the next one is asked for with it. */
  | { readonly do: 'rotate'; readonly certificate: HeldCertificate }
  /** Only a bootstrap token gets another one. `why` goes on "The host needs a bootstrap token: ". */
  | { readonly do: 'bootstrap'; readonly why: string };

/**
 * A clock that is behind makes a certificate look as if it were not valid yet. It is used all the same: that is for the
 * server to judge by its own clock.
 */
export const planCredentials = ({ nodeName, certificate, isTaken, unwanted, now }: PlanInput): CredentialsPlan => {
  if (certificate === undefined) return { do: 'bootstrap', why: 'it has no certificate yet' };
  if (certificate instanceof Error) return { do: 'bootstrap', why: certificate.message };
  const { user, notAfter } = certificate;
  if (user !== nodeUser(nodeName)) {
    return { do: 'bootstrap', why: `its certificate is that of ${user}, and it is ${nodeUser(nodeName)} now` };
  }
  if (now >= notAfter) {
    return { do: 'bootstrap', why: `its certificate expired at ${new Date(notAfter).toISOString()}` };
  }
  if (isTaken === false) return { do: 'bootstrap', why: 'the cluster does not accept its certificate' };
  const rotateAt = rotationTime(certificate);
  return now >= rotateAt || certificate.fingerprint === unwanted
    ? { do: 'rotate', certificate }
    : { do: 'use', certificate, rotateAt };
};
