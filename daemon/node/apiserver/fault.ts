import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import { refusalOf } from './refusal.ts';

/** Why a server did not give an answer. */
export interface Fault {
  readonly kind: /** Its certificate is not one that may be trusted: nothing was sent. */
    | 'untrusted'
    /** No connection: nothing was sent. */
    | 'unreachable'
    /** The connection was lost: whether the request was carried out is not known. */
    | 'broken'
    /** Nothing came in time. */
    | 'silent'
    /** It answers, but not as an apiserver, or that it cannot serve now. */
    | 'unwell';
  readonly error: BootletError;
}

/** OpenSSL's verdicts on a certificate, and Node's on its names; everything else is an accident of the connection. */
const UNTRUSTED =
  /^(CERT_|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(CA|PURPOSE)|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EMFILE',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const TLS_FAILED = /^(EPROTO|ERR_SSL_)/;
/** Of a gateway before the server, or of a server that is stopping: another may do. */
const UNWELL: ReadonlySet<number> = new Set([502, 503, 504]);

/** What an error of one request says of the server; undefined when the server did what it is there for. */
export const faultOf = (server: string, error: unknown): Fault | undefined => {
  if (error instanceof BootletError) {
    const refusal = refusalOf(error);
    // What is too large here is so everywhere.
    const isStranger = error.code === 'E_APISERVER_ANSWER' && error.retryable;
    const isUnwell = refusal === undefined ? isStranger : UNWELL.has(refusal.status);
    return isUnwell ? { kind: 'unwell', error } : undefined;
  }
  const code = systemCodeOf(error) ?? codeOfFirst(error) ?? '';
  if (UNTRUSTED.test(code)) return { kind: 'untrusted', error: untrusted(server, code, error) };
  if (NOT_CONNECTED.has(code)) return { kind: 'unreachable', error: away(server, messageOf(error) || code, error) };
  if (TLS_FAILED.test(code)) return { kind: 'unreachable', error: noTls(server, code, error) };
  return { kind: 'broken', error: away(server, messageOf(error) || code, error) };
};

export const silence = (server: string, what: string): Fault => ({
  kind: 'silent',
  error: away(server, what),
});

/** @returns E_APISERVER_UNAVAILABLE */
export const away = (server: string, what: string, cause?: unknown): BootletError =>
  new BootletError('E_APISERVER_UNAVAILABLE', `${server} does not answer: ${what}`, {
    hint: '`bootlet preflight` tells whether the address, the name or a firewall is the reason.',
    cause,
  });

/** Every address of a name failed: Node gives them together, and they fail alike. */
const codeOfFirst = (error: unknown): string | undefined =>
  error instanceof AggregateError ? systemCodeOf(error.errors[0]) : undefined;

const untrusted = (server: string, code: string, cause: unknown): BootletError =>
  new BootletError('E_TLS_UNTRUSTED', `${server} is not trusted: ${messageOf(cause)} (${code})`, {
    hint: untrustedHints[code] ?? OTHER_AUTHORITY,
    cause,
    retryable: false,
  });

/**
 * How the host is configured is not known here. With other pins, or another ca.crt, it is another cluster that is meant:
 * what is known of the present one is not lost before.
 */
const OTHER_AUTHORITY =
  'Its certificate comes from an authority that nobody known here has vouched for: another cluster has this address, the cluster was made anew, or somebody else answers. If it is meant, and the host joins by a bootstrap token, `kubeadm token create --print-join-command` on its control plane prints one for cluster.tokenFile, and a hash, which takes the place of cluster.discovery.caCertHashes; for a host that knows its cluster, or is known, by something else see "Another authority, another cluster" in docs/node.md. Then `systemctl restart bootlet`.';

const untrustedHints: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "The server's certificate is to be renewed, unless the clock of this host is wrong: `timedatectl`.",
  CERT_NOT_YET_VALID: 'Most likely the clock of this host is wrong: `timedatectl`.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    "Use an address that its certificate names, or have the address added to the apiserver's certificate.",
};

const noTls = (server: string, code: string, cause: unknown): BootletError =>
  new BootletError('E_APISERVER_UNAVAILABLE', `${server} does not agree on TLS: ${code}`, {
    hint: 'The port may be one of plain HTTP, or of something that knows no TLS 1.2.',
    cause,
  });

/** From the one that says most to the one that says least. */
const weight: readonly Fault['kind'][] = ['untrusted', 'unwell', 'silent', 'broken', 'unreachable'];

/**
 * What is known of a server that has not answered since `before`: the fault that says most, so that what is shown, which
 * wakes everyone, does not change with every request that fails in another way.
 */
export const weightier = (before: Fault | undefined, now: Fault): Fault =>
  before !== undefined && weight.indexOf(before.kind) <= weight.indexOf(now.kind) ? before : now;

/** One error for the faults of all servers that were asked; it names each of them. */
export const failureOf = (faults: readonly Fault[]): BootletError => {
  const [first, ...others] = faults.toSorted((a, b) => weight.indexOf(a.kind) - weight.indexOf(b.kind));
  if (first === undefined) return new BootletError('E_APISERVER_UNAVAILABLE', 'no server of the cluster is known');
  if (others.length === 0) return first.error;
  const { code, hint, cause, retryAt } = first.error;
  return new BootletError(code, faults.map(({ error }) => error.message).join('; '), {
    cause,
    retryable: faults.some(({ error }) => error.retryable),
    ...(hint === undefined ? {} : { hint }),
    ...(retryAt === undefined ? {} : { retryAt }),
  });
};

/** Whether the request may have been carried out all the same. */
export const wasSent = ({ kind }: Fault): boolean => kind !== 'untrusted' && kind !== 'unreachable';
