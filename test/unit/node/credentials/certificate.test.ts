import fc from 'fast-check';
import { test } from 'tap';
import { readClientCertificate, rotationTime } from '../../../../daemon/node/credentials/certificate.ts';
import { issue, newAuthority } from '../../../lab/certificate.ts';

const authority = await newAuthority('lab');
const leaf = { commonName: 'system:node:n1', organization: 'system:nodes', usages: ['clientAuth'] } as const;
const [one, other] = await Promise.all([issue(authority, leaf), issue(authority, leaf)]);

test('a certificate tells whose it is and how long it lasts', (t) => {
  const read = readClientCertificate(`${one.privatePem}${one.certificatePem}`, 'a.pem');
  t.equal(read.user, 'system:node:n1');
  t.equal(read.issuer, 'CN=lab');
  t.ok(read.notBefore < Date.now() && Date.now() < read.notAfter);
  t.equal(read.certificatePem, one.certificatePem.replaceAll('\r', ''));
  t.end();
});

test("a key that is not the certificate's is refused", (t) => {
  t.throws(() => readClientCertificate(`${one.certificatePem}${other.privatePem}`, 'a.pem'), {
    code: 'E_CERTIFICATE',
    message: "the key in a.pem is not the certificate's",
  });
  t.end();
});

for (const [what, pem, missing] of [
  ['no certificate', one.privatePem, 'certificate'],
  ['no key', one.certificatePem, 'private key'],
  ['a page of HTML', '<html>', 'certificate'],
] as const) {
  test(`${what} is refused`, (t) => {
    t.throws(() => readClientCertificate(pem, 'a.pem'), { message: `a.pem holds no whole ${missing}` });
    t.end();
  });
}

test('a certificate is replaced at 70 to 90 % of the life that the host has of it', (t) => {
  const read = readClientCertificate(`${one.certificatePem}${one.privatePem}`, 'a.pem');
  fc.assert(
    fc.property(
      fc.nat(2 ** 40),
      fc.integer({ min: 1, max: 2 ** 40 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (notBefore, life, digest) => {
        const fingerprint = [...digest].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
        const certificate = {
          ...read,
          notBefore: notBefore - 300_000,
          heldSince: notBefore,
          notAfter: notBefore + life,
          fingerprint,
        };
        const share = (rotationTime(certificate) - notBefore) / life;
        return share >= 0.7 - 1 / life && share <= 0.9 + 1 / life;
      },
    ),
  );
  t.end();
});
