import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import type { ApiCall } from './apiserver.ts';

/** What a v1.Status says of a request that was refused. */
export class Refusal {
  /** The HTTP status. */
  readonly status: number;
  /** metav1.StatusReason: `AlreadyExists`, `Conflict`, `Expired`; '' when the answer was no v1.Status. */
  readonly reason: string;
  readonly message: string;
  /** metav1.StatusDetails, as it came. */
  readonly details: unknown;

  constructor(status: number, body: unknown) {
    const told = isMap(body) && body['kind'] === 'Status' ? body : {};
    this.status = status;
    this.reason = textOf(told['reason']);
    this.message = textOf(told['message']);
    this.details = told['details'];
  }
}

/** What the apiserver said, if that is why something failed. */
export const refusalOf = (error: unknown): Refusal | undefined =>
  error instanceof BootletError && error.cause instanceof Refusal ? error.cause : undefined;

export interface RefusedRequest extends Pick<ApiCall, 'method' | 'path'> {
  readonly server: string;
  readonly refusal: Refusal;
  /** ms since the epoch, from Retry-After. */
  readonly retryAt?: number | undefined;
}

/** E_APISERVER_REFUSED for it. */
export const refused = ({ server, method, path, refusal, retryAt }: RefusedRequest): BootletError => {
  const { status, reason, message } = refusal;
  const said = [reason, message].filter((part) => part !== '').join(': ');
  const hint = hints[status];
  return new BootletError(
    'E_APISERVER_REFUSED',
    `${server} refused ${method} ${path} with ${status}${said === '' ? '' : ` ${said}`}`,
    {
      cause: refusal,
      retryable: !hopeless.has(status),
      ...(hint === undefined ? {} : { hint }),
      ...(retryAt === undefined ? {} : { retryAt }),
    },
  );
};

/** An object that breaks its rules, or a request that this apiserver has no word for, is no better later. */
const hopeless: ReadonlySet<number> = new Set([400, 405, 406, 413, 415, 422]);

const hints: Readonly<Record<number, string>> = {
  401: 'The cluster does not know these credentials, or not any more: `bootlet cert show` tells which they are.',
  403: 'The cluster knows this host, but its RBAC or NodeRestriction does not let it do this.',
  429: 'The apiserver has too much to do; it is asked again when it said, or later.',
  500: 'The apiserver has a trouble of its own, most often with its etcd: its log tells.',
  503: 'The apiserver is starting, stopping, or without its etcd: its log tells.',
};

/** Goes to logs and conditions: no longer than a line or two. */
const LONGEST_TEXT = 1000;

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : '');
