import { test } from 'tap';
import { newApp } from '../../../daemon/api/app.ts';
import { serveCollection } from '../../../daemon/api/collection-routes.ts';
import { podCollection } from '../../../daemon/api/pods.ts';
import { systemClock } from '../../../daemon/reconcile/clock.ts';
import { Store } from '../../../daemon/reconcile/store.ts';

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined };

const appWithPods = () => {
  const app = newApp(silent);
  serveCollection(app, '/api/v1', podCollection(new Store()), systemClock);
  return app;
};

const refused: Readonly<Record<string, readonly [url: string, code: number]>> = {
  'a selector that is none': ['/api/v1/pods?labelSelector=((a', 400],
  'a field that pods have not': ['/api/v1/pods?fieldSelector=spec.secret=1', 400],
  'a field by the name of what every object inherits': ['/api/v1/pods?fieldSelector=constructor=1', 400],
  'a version that is no number': ['/api/v1/pods?resourceVersion=-1', 400],
  'a version beyond any number': [`/api/v1/pods?resourceVersion=${'9'.repeat(400)}`, 400],
  'a path that leads out of the collection': ['/api/v1/namespaces/..%2f..%2fetc/pods/passwd', 404],
  'a path that is not UTF-8': ['/api/v1/namespaces/%ff/pods/a', 400],
  'a name of kilobytes': [`/api/v1/namespaces/default/pods/${'a'.repeat(8000)}`, 404],
  'what does not exist': ['/api/v2/pods', 404],
};

for (const [what, [url, code]] of Object.entries(refused)) {
  test(`${what} is refused with a Status`, async (t) => {
    const response = await appWithPods().inject({ method: 'GET', url });
    t.equal(response.statusCode, code, response.body);
    t.match(response.json(), { kind: 'Status', status: 'Failure', code });
  });
}

test('nothing can be written to a collection', async (t) => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    const response = await appWithPods().inject({ method, url: '/api/v1/pods', payload: 'x'.repeat(2_000_000) });
    t.ok(response.statusCode >= 400, method);
  }
});

test('a selector as long as a request may be is answered as soon as a short one', async (t) => {
  const app = appWithPods();
  for (const piece of [',', '(', ',(', 'a,', ' ', 'a in (', '!']) {
    const begun = process.cpuUsage();
    const selector = encodeURIComponent(piece.repeat(14_000 / encodeURIComponent(piece).length));
    await app.inject({ method: 'GET', url: `/api/v1/pods?labelSelector=${selector}` });
    const { user, system } = process.cpuUsage(begun);
    t.ok(user + system < 500_000, `${piece}: ${user + system} µs`);
  }
});
