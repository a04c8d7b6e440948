import { randomInt } from 'node:crypto';

export type TokenUsage = 'signing' | 'authentication';

export interface TokenOptions {
  /** Both unless told otherwise, as kubeadm has it. */
  readonly usages?: readonly TokenUsage[];
  readonly expires?: Date;
  /** `auth-extra-groups`; kubeadm's unless told otherwise. */
  readonly groups?: readonly string[];
}

export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  /** ID.SECRET, as it stands in a token file. */
  readonly text: string;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const randomText = (length: number): string =>
  Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** A token that no cluster knows yet. */
export const newToken = (): BootstrapToken => {
  const [id, secret] = [randomText(6), randomText(16)];
  return { id, secret, text: `${id}.${secret}` };
};

/** The Secret in kube-system that makes a cluster know a token (bootstrap-token-secrets of the Kubernetes documentation). */
export const tokenSecret = (
  { id, secret }: BootstrapToken,
  {
    usages = ['signing', 'authentication'],
    expires,
    groups = ['system:bootstrappers:kubeadm:default-node-token'],
  }: TokenOptions = {},
): object => ({
  metadata: { name: `bootstrap-token-${id}` },
  type: 'bootstrap.kubernetes.io/token',
  stringData: {
    'token-id': id,
    'token-secret': secret,
    ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
    ...(expires === undefined ? {} : { expiration: expires.toISOString().replace(/\.\d+/, '') }),
    ...(groups.length === 0 ? {} : { 'auth-extra-groups': groups.join(',') }),
  },
});
