import fc from 'fast-check';
import { FlattenedSign } from 'jose';
import { test } from 'tap';
import { isSignedBy } from '../../../../daemon/node/discovery/signature.ts';

interface Signer {
  readonly id: string;
  readonly secret: string;
}

const sign = async ({ id, secret }: Signer, content: string, header = { alg: 'HS256', kid: id }): Promise<string> => {
  const signer = new FlattenedSign(Buffer.from(content)).setProtectedHeader(header);
  const { protected: head, signature } = await signer.sign(Buffer.from(secret));
  return `${head}..${signature}`;
};

const letters = (length: number) => fc.stringMatching(new RegExp(`^[a-z0-9]{${length}}$`));
const signers = fc.record({ id: letters(6), secret: letters(16) });
const contents = fc.string({ unit: 'binary' });

test('the signatures of Kubernetes itself are believed (k8s.io/cluster-bootstrap, jws_test.go)', async (t) => {
  const joshua = { id: 'joshua', secret: 'my voice is my passcode' };
  const content = 'Hello from the other side. I must have called a thousand times.';
  const header = 'eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9';
  t.ok(await isSignedBy(joshua, content, `${header}..VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8`));
  t.ok(await isSignedBy(joshua, '', `${header}..7Ui1ALizW4jXphVUB7xUqC9vLYLL9RZeOFfVLoB7Tgk`));
  t.notOk(await isSignedBy(joshua, content, `${header}..VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8foo`));
});

test('what a token signed is believed, whatever it is', async () => {
  const holds = async (signer: Signer, content: string) => isSignedBy(signer, content, await sign(signer, content));
  await fc.assert(fc.asyncProperty(signers, contents, holds));
});

test('nothing else is: another content, secret or token', async () => {
  const differ = fc
    .tuple(signers, contents, signers, contents)
    .filter(([a, x, b, y]) => a.secret !== b.secret && x !== y);
  await fc.assert(
    fc.asyncProperty(differ, async ([signer, content, another, changed]) => {
      const signature = await sign(signer, content);
      const tries: readonly (readonly [Signer, string])[] = [
        [signer, changed],
        [another, content],
        [{ ...signer, secret: another.secret }, content],
        [{ ...signer, id: `${signer.id.slice(1)}-` }, content],
      ];
      const believed = await Promise.all(tries.map(([by, what]) => isSignedBy(by, what, signature)));
      return believed.every((one) => !one);
    }),
  );
});

test('a signature that is broken, or says of itself what the signer does not, is not believed', async (t) => {
  const signer = { id: 'abcdef', secret: '0123456789abcdef' };
  const none = Buffer.from('{"alg":"none","kid":"abcdef"}').toString('base64url');
  const good = await sign(signer, 'content');
  const [head = '', mac = ''] = good.split('..');
  t.ok(await isSignedBy(signer, 'content', good));
  const bad = [
    '',
    '..',
    `${none}..`,
    `${none}..${mac}`,
    `${head}.${Buffer.from('content').toString('base64url')}.${mac}`,
    `${head}..${mac.slice(0, -2)}`,
    `${head}..${mac}=`,
    ` ${good}`,
    `${good}\n`,
    await sign(signer, 'content', { alg: 'HS256', kid: 'abcdeg' }),
    await sign(signer, 'content', { kid: 'abcdef', alg: 'HS256' }),
    await sign(signer, 'content', { ...{ alg: 'HS256', kid: 'abcdef' }, ...{ typ: 'JWT' } }),
  ];
  for (const one of bad) t.notOk(await isSignedBy(signer, 'content', one), one);
});
