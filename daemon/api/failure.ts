import { BootletError, type ErrorCode, messageOf } from '../errors.ts';

/** metav1.Status of a failed request. Its one cause carries bootlet's error code as `reason` and the hint as `message`. */
export interface Failure {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Failure';
  readonly message: string;
  /** metav1.StatusReason */
  readonly reason: string;
  /** The HTTP status. */
  readonly code: number;
  readonly details: {
    readonly name?: string;
    readonly kind?: string;
    readonly causes: readonly { readonly reason: string; readonly message: string }[];
  };
}

type Answer = readonly [code: number, reason: string];

/** HTTP status and metav1.StatusReason by error code, as the apiserver gives them; anything else is an InternalError. */
const answers: Partial<Readonly<Record<ErrorCode, Answer>>> = {
  E_USAGE: [400, 'BadRequest'],
  E_PERMISSION: [403, 'Forbidden'],
  E_NOT_FOUND: [404, 'NotFound'],
  E_RUNTIME_UNAVAILABLE: [503, 'ServiceUnavailable'],
  E_TIMEOUT: [504, 'Timeout'],
};

/** What the client is told of an error. `subject`: the object that the request named. */
export const failureOf = (error: unknown, subject: { readonly name?: string; readonly kind?: string }): Failure => {
  const code = error instanceof BootletError ? error.code : 'E_INTERNAL';
  const [status, reason] = answers[code] ?? [500, 'InternalError'];
  const hint = error instanceof BootletError ? (error.hint ?? '') : '';
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: messageOf(error),
    reason,
    code: status,
    details: { ...subject, causes: [{ reason: code, message: hint }] },
  };
};

/** The whole HTTP answer, for where there is nothing but the connection to give it on. */
export const rawAnswer = (failure: Failure): string => {
  const body = JSON.stringify(failure);
  return `HTTP/1.1 ${failure.code} ${failure.reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
};
