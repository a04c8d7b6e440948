import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import type { HeldCertificate } from '../../../../daemon/node/credentials/certificate.ts';
import { planCredentials } from '../../../../daemon/node/credentials/plan-credentials.ts';

const DAY = 86_400_000;
const certificate: HeldCertificate = {
  certificatePem: '',
  keyPem: '',
  user: 'system:node:n1',
  issuer: 'CN=lab',
  notBefore: 100 * DAY,
  heldSince: 100 * DAY,
  notAfter: 200 * DAY,
  // Half way between 70 and 90 %.
  fingerprint: `80${':00'.repeat(31)}`,
};
const planAt = (day: number, more: Partial<Parameters<typeof planCredentials>[0]> = {}) =>
  planCredentials({ nodeName: 'n1', certificate, isTaken: undefined, now: day * DAY, ...more });

test('a certificate in the middle of its life is used, and rotated at its time', (t) => {
  t.same(planAt(150), { do: 'use', certificate, rotateAt: 180 * DAY });
  t.equal(planAt(180).do, 'rotate');
  t.end();
});

test("a certificate that the host's slow clock says is not valid yet is used", (t) => {
  t.equal(planAt(99).do, 'use');
  t.end();
});

for (const [what, day, more, why] of [
  ['none', 150, { certificate: undefined }, 'it has no certificate yet'],
  ['one that expired', 200, {}, 'its certificate expired at 1970-07-20T00:00:00.000Z'],
  [
    'one of another name',
    150,
    { nodeName: 'n2' },
    'its certificate is that of system:node:n1, and it is system:node:n2 now',
  ],
  ['one that the cluster refuses', 150, { isTaken: false }, 'the cluster does not accept its certificate'],
  [
    'a broken one',
    150,
    { certificate: new BootletError('E_CERTIFICATE', 'x.pem cannot be read') },
    'x.pem cannot be read',
  ],
] as const) {
  test(`with ${what} a token is needed`, (t) => {
    t.same(planAt(day, more), { do: 'bootstrap', why });
    t.end();
  });
}
