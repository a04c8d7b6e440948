import { createHash, createPrivateKey, createPublicKey, generateKeyPair, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { asn1 as Asn1 } from 'node-forge';

/** The group that every node is in, as the organization of its certificate (rbac/v1: system:nodes). */
const NODES = 'system:nodes';
export const nodeUser = (nodeName: string): string => `system:node:${nodeName}`;

/** What a node's client certificate is for; an ECDSA key enciphers none (certificates/v1, kube-apiserver-client-kubelet). */
export const clientUsages = ['digital signature', 'client auth'] as const;

/** A new ECDSA P-256 key, PEM (SEC 1, as the kubelet writes its own). */
export const newKey = async (): Promise<string> => {
  const { privateKey } = await promisify(generateKeyPair)('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
  return privateKey;
};

const publicDer = (keyPem: string): Buffer =>
  createPublicKey(createPrivateKey(keyPem)).export({ type: 'spki', format: 'der' });

/**
 * Names the request after the key, the subject and the usages, as the kubelet does (digestedName of its
 * certificate/bootstrap): asking again with the same key finds the same request.
 */
export const requestName = (keyPem: string, nodeName: string): string => {
  const hash = createHash('sha512-256');
  const parts = [publicDer(keyPem), nodeUser(nodeName), NODES, ...clientUsages];
  // No part holds the delimiter once it is encoded, so that two lists of parts never give one stream.
  for (const part of parts) hash.update(`${Buffer.from(part).toString('base64url')}|`);
  return `node-csr-${hash.digest('base64url')}`;
};

/**
 * A PKCS #10 request (RFC 2986) for the client certificate of a node, PEM: O=system:nodes, CN=system:node:NAME, no
 * further names. The ASN.1 is forge's, the signature the platform's: forge knows no elliptic curves.
 */
export const signingRequest = async (keyPem: string, nodeName: string): Promise<string> => {
  const { default: forge } = await import('node-forge');
  const { asn1, pki, util } = forge;
  const { Class, Type } = asn1;
  const universal = (type: Asn1.Type, value: string | Asn1.Asn1[]) =>
    asn1.create(Class.UNIVERSAL, type, typeof value !== 'string', value);
  const oid = (name: string) => universal(Type.OID, asn1.oidToDer(name).getBytes());
  const attribute = (type: string, value: string) =>
    universal(Type.SET, [universal(Type.SEQUENCE, [oid(type), universal(Type.UTF8, util.encodeUtf8(value))])]);
  const info = universal(Type.SEQUENCE, [
    universal(Type.INTEGER, asn1.integerToDer(0).getBytes()),
    universal(Type.SEQUENCE, [
      attribute(pki.oids['organizationName'] ?? '', NODES),
      attribute(pki.oids['commonName'] ?? '', nodeUser(nodeName)),
    ]),
    asn1.fromDer(util.createBuffer(publicDer(keyPem).toString('binary'))),
    asn1.create(Class.CONTEXT_SPECIFIC, 0, true, []),
  ]);
  const signature = sign('sha256', Buffer.from(asn1.toDer(info).getBytes(), 'binary'), keyPem);
  const request = universal(Type.SEQUENCE, [
    info,
    universal(Type.SEQUENCE, [oid(ECDSA_WITH_SHA256)]),
    // Of a bit string the first octet counts the bits that are not used.
    universal(Type.BITSTRING, `\0${signature.toString('binary')}`),
  ]);
  return pem('CERTIFICATE REQUEST', Buffer.from(asn1.toDer(request).getBytes(), 'binary'));
};

/** RFC 5758, 3.2; forge has no name for it. */
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replaceAll(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
