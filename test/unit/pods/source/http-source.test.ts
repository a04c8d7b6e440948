import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { type ManifestResult, readManifest } from '../../../../daemon/pods/manifest/read.ts';
import { type HttpManifests, httpManifestsType, type ManifestFile } from '../../../../daemon/pods/resources.ts';
import { HttpSource } from '../../../../daemon/pods/source/http-source.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { issue, newAuthority } from '../../../lab/certificate.ts';
import { manifestText } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { scratchFolder } from '../../../support/file-source.ts';

const INTERVAL_S = 20;
const QUERY = 'token=hush';

interface Answer {
  status?: number;
  body: string;
}

const podList = (...names: string[]): string => {
  const item = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'main', image: 'i:1' }] } });
  return JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: names.map(item) });
};

const nameOf = (file: ManifestFile): string => `${file.state} ${file.path.replace(/^.*#/, '')}`;

const readPod = (bytes: Uint8Array): ManifestResult => readManifest(bytes, { nodeName: 'n', source: 'http' });

/** A source on a server of its own, whose answer the test changes. */
const aSource = async (t: Test, answer: Answer, { trusted = true, read = readPod } = {}) => {
  const folder = scratchFolder(t);
  const authority = await newAuthority('lab');
  const { certificatePem, privatePem } = await issue(authority, {
    commonName: 'server',
    usages: ['serverAuth'],
    names: ['127.0.0.1'],
  });
  const asked: (string | undefined)[] = [];
  const queries: (string | undefined)[] = [];
  const server: Server = createServer({ cert: certificatePem, key: privatePem }, (request, response) => {
    asked.push(request.headers['x-token']?.toString());
    queries.push(request.url?.split('?')[1]);
    response.writeHead(answer.status ?? 200).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/pods`;

  const [caFile, headersFile] = [join(folder, 'ca.pem'), join(folder, 'headers')];
  writeFileSync(caFile, trusted ? authority.certificatePem : (await newAuthority('other')).certificatePem);
  writeFileSync(headersFile, 'X-Token: secret\n', { mode: 0o600 });
  const [store, clock] = [new Store(), new FakeClock()];
  const events = new EventRing(clock);
  const logged: string[] = [];
  const source = new HttpSource({
    ...{ url: `${url}?${QUERY}`, caFile, headersFile, intervalSeconds: INTERVAL_S, clock, read },
    sources: store.claim(httpManifestsType, 'test'),
    events,
    log: pino({ write: (line: string) => void logged.push(line) }),
  });
  t.teardown(() => source.stop());
  /** What the source shows once the answer that is on its way was looked at. */
  const shown = async (): Promise<HttpManifests | undefined> => {
    await source.idle();
    return store.get(httpManifestsType, url);
  };
  return {
    ...{ url, asked, queries, headersFile, shown, store, events, logged },
    first: () => {
      source.start();
      return shown();
    },
    next: async () => {
      await clock.advance(INTERVAL_S * 1000);
      return shown();
    },
  };
};

test('an address that answers with a Pod gives that pod, in the kubelet’s marks of an HTTP source', async (t) => {
  const { first, url, asked } = await aSource(t, { body: manifestText('web') });
  const shown = await first();
  t.match(shown, { state: 'available', files: [{ state: 'valid', path: `${url}#default/web-n` }] });
  const [file] = shown?.files ?? [];
  const pod = file?.state === 'valid' ? file.pod.pod : undefined;
  t.equal(pod?.metadata.annotations?.['kubernetes.io/config.source'], 'http');
  t.equal(pod?.spec.tolerations, undefined);
  t.same(asked, ['secret'], 'with the headers of the file');
});

test('a PodList gives all its pods, and what the next one no longer names is gone', async (t) => {
  const answer: Answer = { body: podList('web', 'db') };
  const { first, next } = await aSource(t, answer);
  t.same((await first())?.files.map(nameOf), ['valid default/web-n', 'valid default/db-n']);
  answer.body = podList('db');
  t.same((await next())?.files.map(nameOf), ['valid default/db-n']);
  answer.body = '';
  t.match(await next(), { state: 'available', files: [] }, 'an answer without a byte names nothing');
});

test('while the address fails, or says what is not valid, what it last gave goes on', async (t) => {
  const answer: Answer = { body: podList('web') };
  const { first, next, url } = await aSource(t, answer);
  await first();
  answer.status = 500;
  const failing = await next();
  t.match(failing, { state: 'unavailable', message: `${url}: it answers 500, not 200` });
  t.same(failing?.files.map(nameOf), ['valid default/web-n']);

  Object.assign(answer, { status: 200, body: podList('web', 'No_Name') });
  const invalid = await next();
  t.same(invalid?.files.map(nameOf), ['valid default/web-n', `invalid ${url}`]);
  t.match(invalid?.files[1], { errors: [{ field: 'items[1].metadata.name' }] });

  answer.body = podList('web');
  t.match(await next(), { state: 'available', message: '' }, 'a good answer mends it');
});

test('an error of the reader itself is a failure of the address, and the next answer is read', async (t) => {
  const answer: Answer = { body: podList('web') };
  const read = (bytes: Uint8Array): ManifestResult => {
    if (Buffer.from(bytes).includes('broken')) throw new RangeError('out of bounds');
    return readPod(bytes);
  };
  const { first, next, url } = await aSource(t, answer, { read });
  await first();
  answer.body = podList('broken');
  const failing = await next();
  t.match(failing, { state: 'unavailable', message: `${url}: out of bounds` });
  t.same(failing?.files.map(nameOf), ['valid default/web-n']);
  answer.body = podList('web');
  t.match(await next(), { state: 'available' });
});

test('an answer that says the same is not read again, be it valid or not', async (t) => {
  const answer: Answer = { body: podList('web') };
  let reads = 0;
  const read = (bytes: Uint8Array): ManifestResult => {
    reads++;
    return readPod(bytes);
  };
  const { first, next } = await aSource(t, answer, { read });
  await first();
  await next();
  t.equal(reads, 1);
  answer.body = 'no Pod';
  const invalid = await next();
  answer.status = 500;
  await next();
  answer.status = 200;
  t.same(await next(), invalid, 'and once it is there again, all is shown as before');
  t.equal(reads, 2);
});

test('a certificate of another authority, and headers that are none, are failures that name no secret', async (t) => {
  const untrusted = await aSource(t, { body: podList('web') }, { trusted: false });
  t.match(await untrusted.first(), { state: 'unavailable', files: [] });
  t.same(untrusted.asked, []);

  const { first, headersFile } = await aSource(t, { body: podList('web') });
  writeFileSync(headersFile, 'X-Token: good\nsecret\n');
  t.match(await first(), { state: 'unavailable', message: `${headersFile}:2: not of the form NAME: VALUE` });
});

test('an answer of more than 10 MiB is cut off', async (t) => {
  const { first } = await aSource(t, { body: ' '.repeat(10 * 2 ** 20 + 1) });
  t.match(await first(), { state: 'unavailable', message: /larger than 10 MiB/ });
});

test('the query of an address is asked with, and stands in nothing that can be read', async (t) => {
  const answer: Answer = { body: podList('web') };
  const { first, next, url, queries, store, events, logged } = await aSource(t, answer);
  await first();
  answer.body = podList('No_Name');
  await next();
  answer.status = 500;
  await next();
  t.same(queries, [QUERY, QUERY, QUERY]);
  const said = JSON.stringify([store.list(httpManifestsType), events.list(), logged]);
  t.match(said, url);
  t.notMatch(said, 'hush');
});
