import type { BootstrapToken } from './bootstrap-token.ts';

/** Of compact JWS without its payload (RFC 7515, appendix F). */
const DETACHED = /^([\w-]+)\.\.([\w-]+)$/;

/**
 * Whether someone who has the token signed these very bytes: as the bootstrap signer of the controller manager does, with
 * HS256, and only the header that it writes (k8s.io/cluster-bootstrap token/jws compares the whole text).
 */
export const isSignedBy = async (
  { id, secret }: Pick<BootstrapToken, 'id' | 'secret'>,
  content: string,
  detached: string,
): Promise<boolean> => {
  const [, header = '', signature = ''] = DETACHED.exec(detached) ?? [];
  if (header !== base64url(`{"alg":"HS256","kid":"${id}"}`)) return false;
  const { errors, flattenedVerify } = await import('jose');
  const jws = { protected: header, payload: base64url(content), signature };
  try {
    await flattenedVerify(jws, Buffer.from(secret), { algorithms: ['HS256'] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
};

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
