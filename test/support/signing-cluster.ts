import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiAnswer, ApiCall, Apiserver } from '../../daemon/node/apiserver/apiserver.ts';
import { newAuthority } from '../lab/certificate.ts';
import { run } from '../lab/run.ts';
import type { Scope } from '../lab/scope.ts';

/** A cluster that signs every request for a certificate at once, and does nothing else. By openssl: forge knows no elliptic curves. */
export const signingCluster = async (scope: Scope) => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-signing-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const authority = await newAuthority('lab');
  const [ca, key, csr, crt] = ['ca.crt', 'ca.key', 'a.csr', 'a.crt'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ];
  await writeFile(ca, authority.certificatePem);
  await writeFile(key, authority.privatePem, { mode: 0o600 });
  const sign = async (request: string): Promise<string> => {
    await writeFile(csr, Buffer.from(request, 'base64'));
    await run('openssl', [
      'x509',
      '-req',
      '-in',
      csr,
      '-CA',
      ca,
      '-CAkey',
      key,
      '-CAcreateserial',
      '-days',
      '9',
      '-out',
      crt,
    ]);
    return (await readFile(crt)).toString('base64');
  };
  const calls: ApiCall[] = [];
  const apiserver: Apiserver & AsyncDisposable = {
    call: async (call): Promise<ApiAnswer> => {
      calls.push(call);
      const { spec } = call.body as { readonly spec: { readonly request: string } };
      const certificate = await sign(spec.request);
      return { status: 201, body: { status: { conditions: [{ type: 'Approved' }], certificate } } };
    },
    async *watch() {},
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { apiserver, calls, caPem: authority.certificatePem };
};
