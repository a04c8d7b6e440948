import { createPublicKey, verify } from 'node:crypto';
import forge from 'node-forge';
import { test } from 'tap';
import { newKey, requestName, signingRequest } from '../../../../daemon/node/credentials/signing-request.ts';

const key = await newKey();
const derOf = (pem: string): Buffer => Buffer.from(pem.replaceAll(/-----.*-----|\n/g, ''), 'base64');

/** The parts of a PKCS #10 request: what is signed, the algorithm, the signature. */
const parse = (pem: string) => {
  const { value } = forge.asn1.fromDer(forge.util.createBuffer(derOf(pem).toString('binary')));
  const [info, algorithm, signature] = value as forge.asn1.Asn1[];
  if (info === undefined || algorithm === undefined || signature === undefined) throw new Error('not three parts');
  return {
    info,
    signed: Buffer.from(forge.asn1.toDer(info).getBytes(), 'binary'),
    algorithm: forge.asn1.derToOid(((algorithm.value as forge.asn1.Asn1[])[0]?.value ?? '') as string),
    // Forge decodes what is in the bit string: two numbers.
    signature: Buffer.from(
      forge.asn1.toDer((signature.value as forge.asn1.Asn1[])[0] as forge.asn1.Asn1).getBytes(),
      'binary',
    ),
  };
};

test('a request is signed by the key that is in it', async (t) => {
  const { info, signed, algorithm, signature } = parse(await signingRequest(key, 'n1'));
  const [version, , publicKey] = info.value as forge.asn1.Asn1[];
  t.equal(version?.value, '\0');
  t.equal(algorithm, '1.2.840.10045.4.3.2');
  const spki = Buffer.from(forge.asn1.toDer(publicKey as forge.asn1.Asn1).getBytes(), 'binary');
  t.same(spki, createPublicKey(key).export({ type: 'spki', format: 'der' }));
  t.ok(verify('sha256', signed, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature));
});

test('its subject is the node in the group of nodes', async (t) => {
  const { info } = parse(await signingRequest(key, 'n1'));
  const names = ((info.value as forge.asn1.Asn1[])[1]?.value ?? []) as forge.asn1.Asn1[];
  const attributes = names.map((set) => (set.value as forge.asn1.Asn1[])[0]?.value as forge.asn1.Asn1[]);
  t.same(
    attributes.map(([type, value]) => [forge.asn1.derToOid(String(type?.value)), value?.value]),
    [
      [forge.pki.oids['organizationName'], 'system:nodes'],
      [forge.pki.oids['commonName'], 'system:node:n1'],
    ],
  );
});

test('a request is known by its key and its node', async (t) => {
  const other = await newKey();
  t.equal(requestName(key, 'n1'), requestName(key, 'n1'));
  t.not(requestName(key, 'n1'), requestName(other, 'n1'));
  t.not(requestName(key, 'n1'), requestName(key, 'n2'));
  t.match(requestName(key, 'n1'), /^node-csr-[\w-]{43}$/);
});
