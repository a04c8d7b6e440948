import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { parseAuthorities, validAuthorities } from '../../../../daemon/node/discovery/authorities.ts';
import { pinnedOf, pinOf } from '../../../../daemon/node/discovery/pins.ts';
import { issue, newAuthority } from '../../../lab/certificate.ts';
import { run } from '../../../lab/run.ts';

const FILE = '/etc/kubernetes/pki/ca.crt';
const DAY_MS = 86_400_000;

test('authorities', async (t) => {
  const [ca, next] = [await newAuthority('kubernetes', 30), await newAuthority('kubernetes')];
  const leaf = await issue(ca, { commonName: 'apiserver', usages: ['serverAuth'] });
  const one = ca.certificatePem;
  const parse = (pem: string) => parseAuthorities(pem, FILE);

  await t.test('one or several are read, with whatever stands around them', async (t) => {
    t.equal(parse(one).length, 1);
    t.equal(parse(`# old\r\n${one.replaceAll('\n', '\r\n')}\n# new\n${next.certificatePem}`).length, 2);
  });

  await t.test('a private key among them is refused, loudly, and not a word of it told', async (t) => {
    const pkcs8 = createPrivateKey(ca.privatePem).export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const key of [ca.privatePem, pkcs8, pkcs8.slice(0, 200)])
      for (const pem of [`${one}${key}`, `${key}${one}`, key])
        t.throws(() => parse(pem), {
          code: 'E_CA_PRIVATE_KEY',
          message: /^\S+ holds a private key, which no node may have$/,
        });
  });

  await t.test('what is cut short, broken or something else is refused for what it is', async (t) => {
    const wrong = (pem: string, message: RegExp) => t.throws(() => parse(pem), { code: 'E_CA_INVALID', message });
    wrong('', /holds no certificate in PEM form/);
    wrong('<html>', /holds no certificate in PEM form/);
    wrong(one.slice(0, one.length / 2), /was cut short: a BEGIN has no END/);
    wrong(one + next.certificatePem.slice(0, 500), /was cut short: a BEGIN has no END/);
    wrong(one.replace(/(\n[^-\n]+){5}/, ''), /has a certificate that is broken or was cut short/);
    wrong(leaf.certificatePem, /has a certificate that is of no authority/);
    wrong(one + leaf.certificatePem, /has a certificate 2 that is of no authority/);
    wrong(ca.publicPem, /holds a PUBLIC KEY where certificates belong/);
  });

  await t.test('whatever a file holds, the fault is one of the two', async () => {
    const pieces = fc.constantFrom(...one.split('\n'), '', '-----BEGIN ', 'PRIVATE KEY-----', leaf.certificatePem);
    const texts = fc.array(pieces).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), (text) => {
        try {
          return parse(text).length > 0;
        } catch (error) {
          return error instanceof BootletError && /^E_CA_/.test(error.code);
        }
      }),
    );
  });

  await t.test('those are used that are valid at the time', async (t) => {
    const both = parse(one + next.certificatePem);
    const now = Date.now();
    t.equal(validAuthorities(both, FILE, now), one + next.certificatePem);
    t.equal(validAuthorities(both, FILE, now + 31 * DAY_MS), next.certificatePem, 'the successor of one that ended');
    const ended = { code: 'E_CA_INVALID', message: /the authority in \S+ expired at \d{4}-/, hint: /timedatectl/ };
    t.throws(() => validAuthorities(both, FILE, now + 3651 * DAY_MS), ended);
    const early = {
      code: 'E_CA_INVALID',
      message: /the authority in \S+ is not valid before \d{4}-/,
      hint: /timedatectl/,
    };
    t.throws(() => validAuthorities(both, FILE, now - DAY_MS), early);
  });

  await t.test('a pin is the hash of the public key, as kubeadm has it', async (t) => {
    const certificate = new X509Certificate(one);
    const text = await run('openssl', ['x509', '-pubkey', '-noout'], { input: one });
    const der = Buffer.from(text.replace(/-----.*?-----|\s/g, ''), 'base64');
    const pin = `sha256:${createHash('sha256').update(der).digest('hex')}`;
    t.equal(pinOf(certificate), pin);
    const both = parse(one + next.certificatePem);
    t.same(pinnedOf(both, [`sha256:${'0'.repeat(64)}`, pin.toUpperCase()]).map(pinOf), [pin]);
    t.same(pinnedOf(both, []), []);
  });
});
